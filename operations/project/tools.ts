import { PulumiCommand } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import * as semver from "semver";
import { oldestIstio } from "../../components/istioInstall";

/** A program that must be on PATH. */
interface Tool {
    /** The oldest supported version. */
    oldest: string;
    /** Arguments that make it print its version. */
    version: string[];
    /** Where to get it. */
    from: string;
}

/** The version of Pulumi that the tests use. */
export const oldestPulumi = "3.255.0";

const tools = {
    pulumi: {
        oldest: oldestPulumi,
        version: ["version"],
        from: "https://www.pulumi.com/docs/install/",
    },
    istioctl: {
        oldest: oldestIstio,
        version: ["version", "--remote=false", "--output=json"],
        from: "https://istio.io/latest/docs/setup/getting-started/",
    },
    kubectl: {
        oldest: "1.28.0",
        version: ["version", "--client", "--output=json"],
        from: "https://kubernetes.io/docs/tasks/tools/",
    },
} satisfies Record<string, Tool>;

/** The name of a {@link Tool}. */
export type ToolName = keyof typeof tools;

/**
 * Looks for programs before anything is started.
 *
 * @param env - may have another PATH than this process
 * @throws Error naming each program that is missing or too old, the required version, and where to get it.
 */
export async function requireTools(names: ToolName[], env: NodeJS.ProcessEnv = {}): Promise<void> {
    const faults = await Promise.all([...new Set(names)].map((name) => fault(name, env)));
    const found = faults.filter((each) => each !== undefined);
    if (found.length > 0) {
        throw new Error(found.join("\n"));
    }
}

/**
 * The pulumi on PATH. `PulumiCommand.get` would look for it on the PATH of this process alone, and ask it for its version again.
 *
 * @throws Error as {@link requireTools} does.
 */
export async function pulumiCommand(env: NodeJS.ProcessEnv): Promise<PulumiCommand> {
    await requireTools(["pulumi"], env);
    const { version } = await ask("pulumi", env);
    return Reflect.construct(PulumiCommand, ["pulumi", version]) as PulumiCommand;
}

/** The version of a program; undefined if there is none. */
export async function toolVersion(name: ToolName, env: NodeJS.ProcessEnv): Promise<string | undefined> {
    return (await ask(name, env)).version?.version;
}

async function fault(name: ToolName, env: NodeJS.ProcessEnv): Promise<string | undefined> {
    const { oldest, version, from } = tools[name];
    const remedy = `Put ${name} ${oldest} or newer on PATH: ${from}`;
    const { isMissing, version: found } = await ask(name, env);
    if (isMissing) {
        return `${name} is not on PATH. ${remedy}`;
    }
    if (found === null) {
        return `${name} is on PATH but does not report its version (\`${[name, ...version].join(" ")}\`). ${remedy}`;
    }
    return semver.gte(found, oldest) ? undefined : `${name} is ${found.version}, which is too old. ${remedy}`;
}

/** What programs answered: one process asks each once. */
const answers = new Map<string, ReturnType<typeof version>>();

function ask(name: ToolName, env: NodeJS.ProcessEnv): ReturnType<typeof version> {
    const key = JSON.stringify([name, env["PATH"] ?? process.env["PATH"]]);
    const answer = answers.get(key) ?? version(name, env);
    answers.set(key, answer);
    return answer;
}

/** Has a program print its version; null if it does not. */
async function version(name: ToolName, env: NodeJS.ProcessEnv) {
    const { failed, code, stdout } = await execa(name, tools[name].version, {
        env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" },
        reject: false,
    });
    const text = /"(?:gitV|v)ersion": ?"([^"]+)"/.exec(stdout ?? "")?.[1] ?? stdout;
    return {
        isMissing: code === "ENOENT",
        version: failed ? null : semver.coerce(text, { includePrerelease: true }),
    };
}
