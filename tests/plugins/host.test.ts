import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import { createRequire } from "node:module";
import * as path from "node:path";
import * as grpc from "@grpc/grpc-js";
import { InstallDependenciesResponse, RunPluginResponse } from "@pulumi/pulumi/proto/language_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
    RegisterResourceRequest,
    RegisterResourceResponse,
    SupportsFeatureResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { projectDir } from "../../local/paths";
import { unary } from "../../local/plugins/serve";
import { listen, PluginProcess } from "./pluginProcess";
import { Answer, Exchange, Json, recordedExchanges } from "./replay";

describe("the stand-in for the Node.js language host", function () {
    this.timeout(60_000);
    let host: PluginProcess;
    before(async () => (host = await PluginProcess.start("nodejs")));
    after(() => host.stop());

    describe("answers as the official host did", () => {
        it("GetPluginInfo: the version of the SDK, after a v", async () => {
            const { response } = recorded("GetPluginInfo");
            assert.match(String(response!["version"]), /^v\d/);
            const answer = await host.call("GetPluginInfo", {});
            assert.deepEqual(answer.response, { version: `v${installedVersion("pulumi")}` });
        });

        it("About: where Node.js is, its version, the package manager and TypeScript", async () => {
            const { request, response } = recorded("About");
            const answer = await host.call("About", inProject(request));
            assert.deepEqual(Object.keys(answer.response!).sort(), Object.keys(response!).sort());
            const metadata = answer.response!["metadata"] as Json;
            assert.deepEqual(Object.keys(metadata).sort(), Object.keys(response!["metadata"] as Json).sort());
            assert.equal(answer.response!["version"], process.version);
        });

        it("GetRequiredPackages: the provider packages of the program, sorted", async () => {
            const { request, response } = recorded("GetRequiredPackages");
            const answer = await host.call("GetRequiredPackages", inProject(request));
            const expected = (response!["packages"] as Json[]).map((one) => ({
                ...one,
                version: `v${installedVersion(String(one["name"]))}`,
            }));
            assert.deepEqual(answer.response, { packages: expected });
        });

        it("Cancel: nothing", async () => {
            assert.deepEqual(await host.call("Cancel", {}), { response: {} });
        });
    });

    it("GetProgramDependencies: the packages in package.json with the versions installed", async () => {
        const answer = await host.call("GetProgramDependencies", inProject({ info }));
        const dependencies = answer.response!["dependencies"] as Json[];
        assert.ok(
            dependencies.some(
                ({ name, version }) => name === "@pulumi/tls" && version === installedVersion("tls"),
            ),
        );
    });

    describe("Run", () => {
        const run = async (program: string, request: Json = {}, main = "index.js"): Promise<Answer> => {
            const monitor = await Monitor.start();
            const options = main === "index.ts" ? { nodeargs: "--require sucrase/register/ts" } : {};
            const answer = await host.call("Run", {
                ...recorded("Run").request,
                monitorAddress: monitor.address,
                info: {
                    ...info,
                    ...(await newProgram(program, main)),
                    options: { typescript: false, ...options },
                },
                ...request,
            });
            monitor.stop();
            return { ...answer, response: { ...answer.response, registered: monitor.registered } };
        };

        it("starts the program with its configuration and stack, and treats its exit as success", async () => {
            const seen = path.join(host.dir, "seen.json");
            const answer = await run(
                `import * as pulumi from "@pulumi/pulumi";
                 import { writeFileSync } from "node:fs";
                 const config: pulumi.Config = new pulumi.Config();
                 writeFileSync(${JSON.stringify(seen)}, JSON.stringify({
                     stack: pulumi.getStack(), project: pulumi.getProject(), organization: pulumi.getOrganization(),
                     step: config.getNumber("step"), secret: pulumi.runtime.isConfigSecret("edge:step"),
                     dryRun: pulumi.runtime.isDryRun(),
                 }));
                 export const output: string = "value";`,
                { configSecretKeys: ["edge:step"], dryRun: true },
                "index.ts",
            );
            assert.deepEqual(answer.response, { registered: ["pulumi:pulumi:Stack edge-e"] });
            assert.deepEqual(JSON.parse(readFileSync(seen, "utf8")), {
                stack: "e",
                project: "edge",
                organization: "organization",
                step: 1,
                secret: true,
                dryRun: true,
            });
        });

        it("bails out when the program has already reported what is wrong", async () => {
            const answer = await run(`throw new Error("as planned");`);
            assert.equal(answer.response!["bail"], true);
            const [error] = host.messages.filter((message) => message.startsWith("error: "));
            assert.match(error!, /^error: Running program .* failed[\s\S]*as planned/);
        });

        it("passes on any other exit status", async () => {
            const answer = await run(`process.exit(5);`);
            assert.equal(answer.response!["error"], "Program exited with non-zero exit code: 5");
        });

        it("says so when the SDK is not installed", async () => {
            const { response } = await host.call("Run", { info: { ...info, programDirectory: "/" } });
            assert.match(
                String(response!["error"]),
                /^It looks like the Pulumi SDK has not been installed\./,
            );
        });
    });

    describe("RunPlugin", () => {
        const runPlugin = async (
            program: string,
            kind = "resource",
        ): Promise<{ stdout: string; stderr: string; error?: string }> => {
            const { programDirectory } = await newProgram(program, "index.js");
            const { messages, error } = await host.stream("RunPlugin", {
                pwd: kind === "analyzer" ? projectDir : programDirectory,
                args: ["127.0.0.1:1"],
                env: [`PATH=${process.env["PATH"]}`, "GIVEN=from the engine"],
                kind,
                info: { ...info, programDirectory, options: { typescript: false } },
            });
            const text = (part: (message: RunPluginResponse) => Uint8Array): string =>
                Buffer.concat((messages as RunPluginResponse[]).map(part)).toString();
            return {
                stdout: text((one) => one.getStdout_asU8()),
                stderr: text((one) => one.getStderr_asU8()),
                error,
            };
        };

        it("streams what the plugin writes", async () => {
            const { stdout, stderr, error } = await runPlugin(
                `console.log("port", process.env.GIVEN, ...process.argv.slice(2)); console.error("trouble");`,
            );
            assert.equal(error, undefined);
            assert.equal(stdout, "port from the engine 127.0.0.1:1\n");
            assert.equal(stderr, "trouble\n");
        });

        it("runs a policy pack in its own folder, wherever the program is", async () => {
            const { stdout, stderr } = await runPlugin(
                `const { version } = require(process.cwd() + "/package.json");
                 console.log(version === undefined, require.main.filename.includes("run-policy-pack"));`,
                "analyzer",
            );
            assert.equal(stderr, "");
            assert.equal(stdout, "true true\n");
        });

        it("fails with the plugin's exit status", async () => {
            const { error } = await runPlugin("process.exit(4);");
            assert.equal(error, "Program exited with non-zero exit code: 4");
        });
    });

    it("InstallDependencies: runs npm install and streams what it says", async () => {
        const { programDirectory } = await newProgram("", "index.js");
        await fs.writeFile(
            path.join(programDirectory, "package.json"),
            JSON.stringify({ name: "p", version: "1.0.0" }),
        );
        const { messages, error } = await host.stream("InstallDependencies", {
            info: { ...info, programDirectory },
        });
        assert.equal(error, undefined);
        const stdout = Buffer.concat(
            (messages as InstallDependenciesResponse[]).map((one) => one.getStdout_asU8()),
        );
        assert.match(
            stdout.toString(),
            /^Installing dependencies\.\.\.\n\n[\s\S]*Finished installing dependencies\n\n$/,
        );
        assert.ok(await fs.stat(path.join(programDirectory, "package-lock.json")));
    });

    it("uses its own Node.js if the one on PATH is too old for the SDK", async () => {
        const bin = path.join(host.dir, "old-node");
        await fs.mkdir(bin);
        await fs.writeFile(path.join(bin, "node"), "#!/bin/sh\necho v18.20.0\n", { mode: 0o755 });
        const other = await PluginProcess.start("nodejs", { PATH: `${bin}:${process.env["PATH"]}` });
        const answer = await other.call("About", inProject({ info }));
        await other.stop();
        assert.equal(answer.response!["executable"], process.execPath);
        assert.equal(answer.response!["version"], process.version);
    });

    /** A program in a folder of its own, with this project's packages. */
    async function newProgram(source: string, main: string): Promise<Program> {
        const dir = await fs.mkdtemp(path.join(host.dir, "program-"));
        await fs.writeFile(path.join(dir, "package.json"), JSON.stringify({ name: "program", main }));
        await fs.writeFile(path.join(dir, main), source);
        await fs.symlink(path.join(projectDir, "node_modules"), path.join(dir, "node_modules"));
        return { programDirectory: dir, rootDirectory: dir };
    }
});

interface Program {
    programDirectory: string;
    rootDirectory: string;
}

const info = { entryPoint: ".", options: {}, programDirectory: projectDir, rootDirectory: projectDir };

const exchanges = recordedExchanges("nodejs");

function recorded(method: string): Exchange {
    return exchanges.find((exchange) => exchange.method === method)!;
}

function inProject(request: Json): Json {
    return { ...request, info };
}

function installedVersion(name: string): string {
    return (createRequire(__filename)(`@pulumi/${name}/package.json`) as { version: string }).version;
}

/** A resource monitor that accepts every registration. */
class Monitor {
    /** Type and name of each resource. */
    readonly registered: string[] = [];

    private constructor(
        private readonly server: grpc.Server,
        private port = 0,
    ) {}

    static async start(): Promise<Monitor> {
        const monitor = new Monitor(new grpc.Server());
        monitor.server.addService(ResourceMonitorService, {
            supportsFeature: unary(() => new SupportsFeatureResponse().setHassupport(true)),
            registerResource: unary((request: RegisterResourceRequest) => {
                monitor.registered.push(`${request.getType()} ${request.getName()}`);
                return new RegisterResourceResponse().setUrn(`urn:${request.getName()}`);
            }),
            registerResourceOutputs: unary(() => new Empty()),
            signalAndWaitForShutdown: unary(() => new Empty()),
        });
        monitor.port = await listen(monitor.server);
        return monitor;
    }

    get address(): string {
        return `127.0.0.1:${this.port}`;
    }

    stop(): void {
        this.server.forceShutdown();
    }
}
