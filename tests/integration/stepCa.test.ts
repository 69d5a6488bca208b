import * as assert from "node:assert/strict";
import { spawn, ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import type { Config } from "@pulumi/pulumi";
import { execa } from "execa";
import { caPems } from "../../components/caPems";
import { stepCa } from "../../examples/outside-signers/stepCa";
import { certRequest } from "../../operations/csr";
import { exportFiles } from "../../operations/export";
import { Project } from "../../operations/project/project";
import { until } from "../../local/clusters/until";
import { Certificate } from "../../pki/certificate";
import { checkCa } from "../../pki/rules/checkCa";
import type { ClusterOutputs } from "../../stacks/outputs";
import { freePort } from "../freePort";
import { goPrograms } from "../goPrograms";
import { changeSettings, freshProject, outputs, pulumi } from "./fixture";

const stack = "stepped1";

describe("A cluster under a real step-ca", function () {
    this.timeout("15m");
    let project: Project;
    let bin: string;
    let dir: string;
    let server: ChildProcess | undefined;
    let url: string;

    before(async () => {
        bin = await goPrograms("step-ca", "tool");
        project = await freshProject("step-ca", settings());
        await project.openOrCreate(stack);
        dir = path.join(project.dir, "step");
        fs.mkdirSync(dir, { mode: 0o700 });
        await makeAuthority();
        server = spawn(path.join(bin, "step-ca"), ["config/ca.json", "--password-file", "password"], {
            cwd: dir,
            env: { ...process.env, STEPPATH: dir },
            stdio: "ignore",
        });
        await until("step-ca", healthProblem, { limit: 30_000 });
    });

    after(async () => {
        if (server?.exitCode === null) {
            server.kill();
            await once(server, "exit");
        }
        await pulumi(project, stack, "destroy", "--yes", "--skip-preview");
    });

    it("plugs in what step-ca signed, with step-ca's own intermediate above it", async () => {
        await up();
        fs.writeFileSync(path.join(dir, "cluster.csr"), await certRequest(project, stack));
        await step("ca", "sign", "cluster.csr", "cluster.pem", ...provisioner(), "--force");
        assert.equal(Certificate.all(read("cluster.pem")).length, 2);
        await changeSettings(project, settings("cluster.pem"));
        await up();
        const { ca } = await outputs<ClusterOutputs>(project, stack);
        assert.equal(ca?.issuer, "O=Company, CN=Intermediate");
        const files = await exportFiles(project, stack, path.join(dir, "export"));
        const contents = files.map((file) => [path.basename(file), fs.readFileSync(file, "utf8")] as const);
        assert.deepEqual(checkCa(Object.fromEntries(contents)), []);
    });

    it("refuses the chain without step-ca's intermediate, naming it", async () => {
        fs.writeFileSync(path.join(dir, "alone.pem"), Certificate.all(read("cluster.pem"))[0]!.pem);
        await changeSettings(project, settings("alone.pem"));
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /does not verify to the trust bundle: its issuer, O=Company, CN=Intermediate, is not among/,
        );
    });

    it("signs what the script of examples/outside-signers asks of it", async () => {
        const settings = { stepProvisioner: "mesh", stepPasswordFile: "password", validityDays: "30" };
        const config = {
            require: (key: keyof typeof settings) => settings[key],
            requireNumber: (key: keyof typeof settings) => Number(settings[key]),
        } as unknown as Config;
        const { script, environment, chain } = stepCa(config);
        const access = { STEPPATH: dir, STEP_CA_URL: url, STEP_ROOT: path.join(dir, "root.pem") };
        const env = { ...environment, ...access, PATH: `${bin}:${process.env["PATH"]}` };
        const input = await certRequest(project, stack);
        const { stdout } = await execa("sh", ["-c", script], { cwd: dir, env, input });
        const signed = Certificate.all(chain(stdout));
        assert.deepEqual(
            signed.map(({ issuer }) => issuer),
            ["O=Company, CN=Intermediate", "O=Company, CN=Root"],
        );
        const days = (signed[0]!.notAfter.getTime() - signed[0]!.notBefore.getTime()) / 86_400_000;
        assert.equal(Math.round(days), 30);
        const { rootCertPem } = caPems(chain(stdout), read("root.pem"));
        assert.equal(Certificate.all(rootCertPem).length, 1);
    });

    /** A root, an intermediate that step-ca signs with, and a template for the CAs of meshes: room for three levels. */
    async function makeAuthority() {
        fs.writeFileSync(path.join(dir, "password"), "secret", { mode: 0o600 });
        for (const [name, maxPathLen] of [["Root", 2] as const, ["Intermediate", 1] as const]) {
            template(`${name}.tpl`, { organization: "Company", commonName: name }, maxPathLen);
        }
        const long = (years: number) => [
            "--password-file",
            "password",
            "--not-after",
            `${years * 8760}h`,
            "--force",
        ];
        await step(
            "certificate",
            "create",
            "Root",
            "root.pem",
            "root.key",
            "--template",
            "Root.tpl",
            ...long(10),
        );
        url = `https://127.0.0.1:${await freePort()}`;
        await step(
            ...["ca", "init", "--deployment-type", "standalone", "--name", "Company", "--dns", "127.0.0.1"],
            ...["--address", new URL(url).host, "--provisioner", "mesh", "--password-file", "password"],
            ...["--provisioner-password-file", "password", "--root", "root.pem", "--key", "root.key"],
            ...["--key-password-file", "password"],
        );
        const issuer = ["--ca", "root.pem", "--ca-key", "root.key", "--ca-password-file", "password"];
        const own = [
            "certs/intermediate_ca.crt",
            "secrets/intermediate_ca_key",
            "--template",
            "Intermediate.tpl",
        ];
        await step("certificate", "create", "Intermediate", ...own, ...issuer, ...long(5));
        template("mesh.tpl", "{{ toJson .Insecure.CR.Subject }}", 0, "{{ toJson .SANs }}");
        const durations = ["--x509-max-dur", "8760h", "--x509-default-dur", "8760h"];
        const config = ["--disable-smallstep-extensions", "--ca-config", "config/ca.json"];
        await step(
            "ca",
            "provisioner",
            "update",
            "mesh",
            "--x509-template",
            "mesh.tpl",
            ...durations,
            ...config,
        );
    }

    /** What is written in braces stays as it is: step's own template language. */
    function template(name: string, subject: unknown, maxPathLen: number, sans?: string) {
        const basicConstraints = { isCA: true, maxPathLen };
        const text = JSON.stringify({ subject, sans, keyUsage: ["certSign", "crlSign"], basicConstraints });
        fs.writeFileSync(path.join(dir, name), text.replaceAll(/"(\{\{.*?\}\})"/g, "$1"));
    }

    async function healthProblem() {
        const { exitCode, stderr } = await execa(path.join(bin, "step"), ["ca", "health", ...client()], {
            cwd: dir,
            reject: false,
        });
        return exitCode === 0 ? undefined : stderr;
    }

    function client() {
        return ["--ca-url", url, "--root", "root.pem"];
    }

    function provisioner() {
        return ["--provisioner", "mesh", "--provisioner-password-file", "password", ...client()];
    }

    function step(...args: string[]) {
        return execa(path.join(bin, "step"), args, { cwd: dir, env: { STEPPATH: dir } });
    }

    function read(name: string) {
        return fs.readFileSync(path.join(dir, name), "utf8");
    }

    function settings(certificate?: string) {
        const file = (name: string) => (certificate === undefined ? "" : path.join(dir, name));
        return {
            [stack]: {
                role: "cluster",
                deploy: false,
                signer: "outside",
                certificate: file(certificate ?? ""),
                trustBundle: file("root.pem"),
            },
        };
    }

    async function up() {
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
    }
});
