import type { UntypedServiceImplementation } from "@grpc/grpc-js";
import * as pb from "@pulumi/pulumi/proto/language_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { streamed, unary } from "../serve";
import { Children } from "./children";
import { findNode, npmVersion } from "./node";
import { directDependencies, installedPackage, requiredPackages } from "./packages";
import {
    pluginArguments,
    programArguments,
    programEnvironment,
    runResponse,
    runtimeOptions,
} from "./program";

/**
 * The service `pulumirpc.LanguageRuntime` for Node.js programs: starts them as the official host does, with
 * `@pulumi/pulumi/cmd/run` of the program's own SDK.
 *
 * @param engineAddress where programs send their log messages.
 */
export function languageHost(version: string, engineAddress = ""): UntypedServiceImplementation {
    const children = new Children();
    return {
        handshake: unary(() => new pb.LanguageHandshakeResponse()),
        getPluginInfo: unary(() => new PluginInfo().setVersion(`v${version}`)),
        about: unary(async (request: pb.AboutRequest) => {
            const node = await findNode();
            const response = new pb.AboutResponse().setExecutable(node.path).setVersion(node.version);
            const typescript = installedPackage(request.getInfo()?.getProgramDirectory() ?? "", "typescript");
            response.getMetadataMap().set("packagemanager", "npm");
            setIfKnown(response, "packagemanagerVersion", npmVersion());
            setIfKnown(response, "typescriptVersion", typescript?.manifest.version);
            return response;
        }),
        getRequiredPackages: unary((request: pb.GetRequiredPackagesRequest) =>
            new pb.GetRequiredPackagesResponse().setPackagesList(
                requiredPackages(request.getInfo()!.getProgramDirectory()),
            ),
        ),
        getProgramDependencies: unary((request: pb.GetProgramDependenciesRequest) =>
            new pb.GetProgramDependenciesResponse().setDependenciesList(
                directDependencies(request.getInfo()!.getProgramDirectory()).map(({ manifest }) =>
                    new pb.DependencyInfo().setName(manifest.name).setVersion(manifest.version),
                ),
            ),
        ),
        run: unary(async (request: pb.RunRequest) => {
            try {
                const args = programArguments(request, engineAddress);
                const env = { ...process.env, ...programEnvironment(request) };
                const node = await findNode();
                return runResponse(
                    await children.run(node.path, args, { env, stdio: ["ignore", "inherit", "inherit"] }),
                );
            } catch (error) {
                return new pb.RunResponse().setError((error as Error).message);
            }
        }),
        runPlugin: streamed<pb.RunPluginRequest, pb.RunPluginResponse>(async (request, send) => {
            const info = request.getInfo()!;
            const isPolicyPack = request.getKind() === "analyzer";
            const status = await children.stream(
                (await findNode()).path,
                pluginArguments(request),
                {
                    cwd: isPolicyPack ? info.getProgramDirectory() : request.getPwd(),
                    env: { ...environmentOf(request.getEnvList()), ...runtimeOptions(info).environment },
                },
                (data) => send(new pb.RunPluginResponse().setStdout(data)),
                (data) => send(new pb.RunPluginResponse().setStderr(data)),
            );
            if (status !== 0) {
                throw new Error(`Program exited with non-zero exit code: ${status}`);
            }
        }),
        installDependencies: streamed<pb.InstallDependenciesRequest, pb.InstallDependenciesResponse>(
            async (request, send) => {
                const stdout = (text: Uint8Array | string): void =>
                    send(new pb.InstallDependenciesResponse().setStdout(Buffer.from(text as string)));
                stdout("Installing dependencies...\n\n");
                const status = await children.stream(
                    "npm",
                    ["install", "--loglevel=error"],
                    {
                        cwd: request.getInfo()?.getProgramDirectory() || request.getDirectory(),
                        env: process.env,
                    },
                    stdout,
                    (data) => send(new pb.InstallDependenciesResponse().setStderr(data)),
                );
                if (status !== 0) {
                    throw new Error(`npm install failed with exit code ${status}`);
                }
                stdout("Finished installing dependencies\n\n");
            },
        ),
        cancel: unary(() => {
            children.end();
            return new Empty();
        }),
    };
}

function setIfKnown(response: pb.AboutResponse, name: string, value: string | undefined): void {
    if (value) {
        response.getMetadataMap().set(name, value);
    }
}

function environmentOf(entries: string[]): Record<string, string> {
    return Object.fromEntries(
        entries.map((entry) => [entry.split("=", 1)[0]!, entry.slice(entry.indexOf("=") + 1)]),
    );
}
