import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { certRequest } from "../../operations/csr";
import { exportFiles } from "../../operations/export";
import { Project } from "../../operations/project/project";
import { Certificate } from "../../pki/certificate";
import { checkCa } from "../../pki/rules/checkCa";
import type { ClusterOutputs } from "../../stacks/outputs";
import { LeakSearch } from "../leaks";
import { opensslRoot, sign } from "../signing";
import { changeSettings, freshProject, outputs, pulumi } from "./fixture";

const stack = "offline1";

describe("A cluster's stack whose root key is elsewhere", function () {
    this.timeout("10m");
    let project: Project;
    let dir: string;

    before(async () => {
        project = await freshProject("offline", settings());
        dir = path.join(project.dir, "signer");
        fs.mkdirSync(dir, { mode: 0o700 });
        await project.openOrCreate(stack);
        await opensslRoot(dir, "root");
        await opensslRoot(dir, "other");
    });

    it("exports its request and waits", async () => {
        await assert.rejects(certRequest(project, stack), {
            message: "Stack offline1 has no certificate request yet. Make it: `pulumi up --stack offline1`.",
        });
        await up();
        const { status, ca } = await outputs<ClusterOutputs>(project, stack);
        assert.equal(status, "CSR exported; waiting for the outside signer to sign it");
        assert.equal(ca, undefined);
    });

    it("plugs in what the signer's command signed", async () => {
        await signedBy("root", "certificate.pem");
        await changeSettings(project, settings("certificate.pem", "root.pem"));
        await up();
        const files = await exportFiles(project, stack, path.join(dir, "export"));
        const read = Object.fromEntries(
            files.map((file) => [path.basename(file), fs.readFileSync(file, "utf8")]),
        );
        assert.deepEqual(checkCa(read), []);
        await up("--expect-no-changes");
    });

    it("holds no part of the root's key, not even encrypted", async () => {
        const { output } = await pulumi(project, stack, "stack", "export", "--show-secrets");
        assert.match(output, /PRIVATE KEY/);
        const leaks = new LeakSearch({ root: read("root-key.pem") }).leaks("state", output);
        assert.deepEqual(
            leaks.filter(({ secret }) => secret === "root"),
            [],
        );
    });

    it("keeps its CA until the next generation's request is signed, then plugs that in", async () => {
        const before = await outputs<ClusterOutputs>(project, stack);
        const next = (certificate: string) => settings(certificate, "root.pem", 2);
        await changeSettings(project, next("certificate.pem"));
        await up();
        const between = await outputs<ClusterOutputs>(project, stack);
        assert.equal(between.status, "waiting for generation 2");
        assert.deepEqual(between.ca, before.ca);
        await signedBy("root", "next.pem");
        await changeSettings(project, next("next.pem"));
        await up();
        const after = await outputs<ClusterOutputs>(project, stack);
        assert.equal(after.ca?.generation, 2);
        assert.equal(after.status, "CA signed");
    });

    it("refuses another root than the live one, naming both, and changes nothing", async () => {
        const before = await outputs<ClusterOutputs>(project, stack);
        await signedBy("other", "foreign.pem");
        await changeSettings(project, settings("foreign.pem", "other.pem", 2));
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        const [live, other] = ["root.pem", "other.pem"].map(
            (name) => Certificate.all(read(name))[0]!.facts.fingerprint,
        );
        assert.ok(
            output.includes(
                `is ${other} and lacks the root ${live} of the CA that is plugged in. Workloads of ${stack} would reject each other`,
            ),
            output,
        );
        assert.deepEqual(await outputs<ClusterOutputs>(project, stack), before);
    });

    it("reports a key in the wrong place", async () => {
        await changeSettings(project, settings("root-key.pem", "root.pem", 2));
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /certificate is "a file with a private key"\. Allowed: a file of PEM certificates/,
        );
        assert.ok(!output.includes("PRIVATE KEY"));
    });

    after(() => pulumi(project, stack, "destroy", "--yes", "--skip-preview"));

    function settings(certificate?: string, trustBundle?: string, generation = 1) {
        const file = (name?: string) => (name === undefined ? "" : path.join(dir, name));
        return {
            [stack]: {
                role: "cluster",
                deploy: false,
                signer: "outside",
                generation,
                certificate: file(certificate),
                trustBundle: file(trustBundle),
            },
        };
    }

    async function up(...args: string[]) {
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview", ...args);
        assert.equal(exitCode, 0, output);
    }

    function read(name: string): string {
        return fs.readFileSync(path.join(dir, name), "utf8");
    }

    /** As on the offline machine: the request in, the certificate out, the key only in openssl's hands. */
    async function signedBy(root: string, out: string) {
        fs.writeFileSync(path.join(dir, "csr.pem"), await certRequest(project, stack));
        const command = ["--sign-command", `openssl dgst -sha256 -sign ${root}-key.pem`];
        const args = ["csr.pem", "--cluster", stack, "--root-cert", `${root}.pem`, ...command];
        const { exitCode, stdout, stderr } = await sign(dir, args);
        assert.equal(exitCode, 0, stderr);
        fs.writeFileSync(path.join(dir, out), stdout);
    }
});
