import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { kubeconfigPath, projectDir } from "../../local/paths";
import { goEnvironment, goFlags } from "../../local/toolchain/goPart";
import { Certificate } from "../../pki/certificate";
import { goPrograms } from "../goPrograms";
import { pipInstall, pythonPackages } from "../pythonPackages";
import { pageOf } from "../unit/docs/pages";
import { kubectl, toolchain } from "./fixture";
import { examplesDir, ForeignStack, packedPackage } from "./packed";
import { cluster, packedCluster } from "./packedCluster";

const name = "languages";
const folder = path.join(path.dirname(examplesDir), name);
const ours = path.join(projectDir, "tests", name);
const plugin = path.join(examplesDir, "node_modules", "istio-plugin-ca", "dist", "plugin");

const schemaFile = path.join(plugin, "schema.json");

/** The project of the programs. */
const project = "one-cluster";

/** The programs are those of docs/languages.md, and the cluster is a local one without Istio. */
describe("A program in another language, with the packed plugin", function () {
    this.timeout("15m");
    let programs: string;

    before(async () => {
        await packedPackage();
        await packedCluster();
        programs = await goPrograms(name, ["tool", "./gensdk"]);
        await execa(path.join(programs, "gensdk"), [schemaFile, path.join(folder, "sdks")]);
    });

    it("YAML: comes up by its language host, stays as it is, and is destroyed", async () => {
        const stack = await stackOf("yaml", { "Pulumi.yaml": program("yaml") });
        // The language host starts the plugin to read its schema, with the host of Node.js next to pulumi.
        const { pulumi } = await toolchain();
        const hosts = path.dirname(fs.realpathSync(pulumi.path));
        stack.env["PATH"] = [programs, hosts, process.env["PATH"]].join(path.delimiter);
        await execa("pulumi", ["package", "add", plugin], { cwd: stack.dir, env: stack.env });
        const up = await stack.succeed("up", "--yes", "--skip-preview");
        await expectCa(stack, up);
        await stack.succeed("preview", "--expect-no-changes");
        await expectDestroyed(stack);
    });

    it("Python: comes up by the Automation API with the SDK of the schema, and is destroyed", async () => {
        const packages = await pythonPackages(name);
        const sdk = path.join(folder, "sdks", "installed");
        const source = path.join(folder, "sdks", "python");
        await pipInstall(sdk, ["--no-deps", "--no-build-isolation", source], { PYTHONPATH: packages });
        const stack = await stackOf("python", { "__main__.py": program("python") });
        stack.env["PYTHONPATH"] = [packages, sdk].join(path.delimiter);
        await expectCa(stack, await automated(stack, "python3", path.join(ours, "automation.py")));
        await expectDestroyed(stack);
    });

    it("Go: compiles with the SDK of the schema, comes up by the Automation API, and is destroyed", async () => {
        const main = program("go");
        const init = `package main\n\nimport "istio-plugin-ca/tests/languages/automation"\n\nfunc init() {\n\tautomation.Up(program)\n}\n`;
        const stack = await stackOf("go", { "main.go": main, "init.go": init });
        for (const file of ["go.mod", "go.sum", "automation"]) {
            fs.cpSync(path.join(ours, file), path.join(stack.dir, file), { recursive: true });
        }
        const go = (command: string, ...args: string[]) =>
            execa("go", [...command.split(" "), ...args], { cwd: stack.dir, env: goEnvironment, all: true });
        const sdk = "istio-plugin-ca/sdk/go";
        await go("mod edit", `-require=${sdk}@v0.0.0`, `-replace=${sdk}=../sdks/go`);
        await go("build", ...goFlags, "-ldflags=-s -w", "-o", "program", ".");
        assert.equal((await execa("gofmt", ["-l", "main.go"], { cwd: stack.dir })).stdout, "");
        await expectCa(stack, await automated(stack, path.join(stack.dir, "program")));
        await expectDestroyed(stack);
    });

    it(".NET: an SDK is generated for every component, which nothing here can compile", () => {
        const schema = JSON.parse(fs.readFileSync(schemaFile, "utf8")) as { resources: object };
        const components = Object.keys(schema.resources).map((token) => `${token.split(":").at(-1)!}.cs`);
        const files = fs.readdirSync(path.join(folder, "sdks", "dotnet"));
        assert.deepEqual(
            components.filter((file) => !files.includes(file)),
            [],
        );
        assert.ok(components.length > 15);
    });

    /** The program on the page, under the heading of its language. */
    function program(language: string): string {
        const [text] = pageOf("docs/languages.md").blocksUnder(language);
        return text!;
    }

    /** A stack of a folder with these files, with the settings that the page names. */
    async function stackOf(language: string, files: Record<string, string>): Promise<ForeignStack> {
        const dir = path.join(folder, language);
        fs.mkdirSync(dir, { recursive: true });
        const manifest = { name: project, runtime: language, packages: { "istio-plugin-ca": plugin } };
        for (const [file, text] of Object.entries({ "Pulumi.yaml": stringify(manifest), ...files })) {
            fs.writeFileSync(path.join(dir, file), text);
        }
        const stack = await ForeignStack.create(dir, {});
        const settings = { kubeconfig: kubeconfigPath, context: cluster, enableSecretMutable: true };
        for (const [key, value] of Object.entries(settings)) {
            await stack.succeed("config", "set", `kubernetes:${key}`, String(value));
        }
        return stack;
    }

    /** What an up and a preview by the Automation API print. */
    async function automated(stack: ForeignStack, command: string, ...args: string[]): Promise<string> {
        const { exitCode, all } = await execa(command, [...args, project, "test"], {
            cwd: stack.dir,
            env: stack.env,
            all: true,
            reject: false,
        });
        assert.equal(exitCode, 0, all);
        return all;
    }
});

/** What the program's arguments ask for is in its outputs and in the cluster, and no key is readable anywhere else. */
async function expectCa(stack: ForeignStack, printed: string): Promise<void> {
    const { files } = await stack.outputs<{ files: Record<string, string> }>();
    const [root] = Certificate.all(files["root-cert.pem"]!);
    const [intermediate] = Certificate.all(files["ca-cert.pem"]!);
    assert.ok(intermediate!.issuedBy(root!));
    assert.match(intermediate!.subject, /\bL=cluster1\b/);
    assert.equal(root!.publicKey.asymmetricKeyDetails?.namedCurve, "secp384r1");
    assert.equal(root!.notAfter.getTime() - root!.notBefore.getTime(), 1825 * 86_400_000);
    const secret = ["get", "secret", "cacerts", "-n", "istio-system", "-o", "json"];
    const { data } = JSON.parse(await kubectl(cluster, ...secret)) as { data: Record<string, string> };
    const plugged = (file: string) => Buffer.from(data[file]!, "base64").toString();
    Object.entries(files).forEach(([file, text]) => assert.equal(plugged(file), text, file));
    assert.match(plugged("ca-key.pem"), /PRIVATE KEY/);
    const state = await stack.succeed("stack", "export");
    assert.match(state, /istio-plugin-ca:index:CaCertsSecret/);
    assert.doesNotMatch(state + printed, /PRIVATE KEY/);
}

async function expectDestroyed(stack: ForeignStack): Promise<void> {
    await stack.succeed("destroy", "--yes", "--skip-preview");
    const state = parse(await stack.succeed("stack", "export")) as { deployment: { resources?: object[] } };
    assert.deepEqual(state.deployment.resources ?? [], []);
}
