import { createRequire } from "node:module";
import * as path from "node:path";
import { ProgramInfo, RunPluginRequest, RunRequest, RunResponse } from "@pulumi/pulumi/proto/language_pb";

/** The exit status with which the SDK says that it has already reported what went wrong. */
const toldTheUser = 32;

/** What Node.js is started with to run a program. */
export function programArguments(request: RunRequest, engineAddress: string): string[] {
    const info = request.getInfo()!;
    const flags: [string, string][] = [
        ["monitor", request.getMonitorAddress()],
        ["engine", engineAddress],
        ["organization", request.getOrganization()],
        ["project", request.getProject()],
        ["root-directory", info.getRootDirectory()],
        ["stack", request.getStack()],
        ["pwd", info.getProgramDirectory()],
        ["parallel", String(request.getParallel())],
    ];
    return [
        ...runtimeOptions(info).nodeArguments,
        locate(
            process.env["PULUMI_LANGUAGE_NODEJS_RUN_PATH"] || "@pulumi/pulumi/cmd/run",
            info.getProgramDirectory(),
        ),
        ...flags.filter(([, value]) => value).flatMap(([flag, value]) => [`--${flag}`, value]),
        ...(request.getDryrun() ? ["--dry-run"] : []),
        info.getEntryPoint(),
        ...request.getArgsList(),
    ];
}

/** What is added to the environment of a program: its configuration and the SDK's settings. */
export function programEnvironment(request: RunRequest): Record<string, string> {
    const config = request.getConfigMap().getEntryList();
    // The SDK reads keys with the word "config" in the middle, as they used to be written.
    const keyed = config.map(
        ([key, value]) => [key.replace(/^([^:]+):(?!config:)/, "$1:config:"), value] as const,
    );
    return {
        PULUMI_CONFIG: JSON.stringify(Object.fromEntries(keyed)),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
        ...runtimeOptions(request.getInfo()!).environment,
    };
}

/** What a program's exit status means to the engine. */
export function runResponse(status: number): RunResponse {
    switch (status) {
        case 0:
            return new RunResponse();
        case toldTheUser:
            return new RunResponse().setBail(true);
        default:
            return new RunResponse().setError(`Program exited with non-zero exit code: ${status}`);
    }
}

/** What Node.js is started with to run a plugin; a policy pack takes its folder last. */
export function pluginArguments(request: RunPluginRequest): string[] {
    const info = request.getInfo()!;
    const dir = info.getProgramDirectory();
    const isPolicyPack = request.getKind() === "analyzer";
    return [
        ...runtimeOptions(info).nodeArguments,
        locate(`@pulumi/pulumi/cmd/${isPolicyPack ? "run-policy-pack" : "run-plugin"}`, dir),
        ...(isPolicyPack ? [...request.getArgsList(), dir] : [dir, ...request.getArgsList()]),
    ];
}

/** The options of the project's `runtime`: `typescript` (default true), `tsconfig` and `nodeargs`. */
export function runtimeOptions(info: ProgramInfo): {
    nodeArguments: string[];
    environment: Record<string, string>;
} {
    const options: RuntimeOptions = info.getOptions()?.toJavaScript() ?? {};
    const environment: Record<string, string> = {};
    if (String(options.typescript ?? true) === "true") {
        environment["PULUMI_NODEJS_TYPESCRIPT"] = "true";
    }
    if (options.tsconfig) {
        environment["PULUMI_NODEJS_TSCONFIG_PATH"] = options.tsconfig;
    }
    return { nodeArguments: splitWords(options.nodeargs ?? ""), environment };
}

interface RuntimeOptions {
    typescript?: boolean | string;
    tsconfig?: string;
    nodeargs?: string;
}

/** Splits at blanks outside quotes. */
function splitWords(text: string): string[] {
    const words = text.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
    return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, "$1$2"));
}

function locate(module: string, dir: string): string {
    try {
        return createRequire(path.join(dir, "package.json")).resolve(module);
    } catch {
        throw new Error(
            "It looks like the Pulumi SDK has not been installed. Have you run npm install or yarn install? " +
                `(${module} not found from ${dir})`,
        );
    }
}
