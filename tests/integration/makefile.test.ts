import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { exportFiles } from "../../operations/export";
import { freshProject, pulumi, toolchain } from "./fixture";
import { pemBlocks } from "../../pki/pem";

describe("The profile makefile", function () {
    this.timeout("15m");
    let work: string;

    before(async () => {
        work = fs.mkdtempSync(path.join(os.tmpdir(), "makefile-"));
        const { istio } = await toolchain();
        const makefile = path.join(istio.certsTool, "Makefile.selfsigned.mk");
        await execa("make", ["-f", makefile, "root-ca", "cluster1-cacerts"], { cwd: work });
        const stacks = { cluster1: { role: "standalone", deploy: false, profile: "makefile" } };
        const project = await freshProject("makefile", stacks);
        await pulumi(project, "cluster1", "stack", "init");
        const { exitCode, output } = await pulumi(project, "cluster1", "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        await exportFiles(project, "cluster1", path.join(work, "ours"));
    });

    after(() => fs.rmSync(work, { recursive: true, force: true }));

    it("gives the root of Istio's Makefile, field for field", async () => {
        assert.deepEqual(await fields("ours/root-cert.pem"), await fields("root-cert.pem"));
    });

    it("gives the intermediate of Istio's Makefile, except for pathlen:0", async () => {
        const theirs = await fields("cluster1/ca-cert.pem");
        const withoutPathLength = theirs.map((line) => line.replace("CA:TRUE, pathlen:0", "CA:TRUE"));
        assert.notDeepEqual(withoutPathLength, theirs);
        assert.deepEqual(await fields("ours/ca-cert.pem"), withoutPathLength);
    });

    it("gives a chain of the intermediate and the root", () => {
        for (const dir of ["ours", "cluster1"]) {
            const chain = fs.readFileSync(path.join(work, dir, "cert-chain.pem"), "utf8");
            assert.equal(pemBlocks(chain).length, 2, dir);
        }
    });

    /** What openssl says of a certificate, in one order, without what differs from one to the next: keys, identifiers, dates. */
    async function fields(file: string): Promise<string[]> {
        const { stdout } = await execa("openssl", ["x509", "-noout", "-text", "-in", path.join(work, file)]);
        const lines = stdout.split("\n").map((line) => line.trim());
        const [from, to] = ["Not Before: ", "Not After : "].map((label) => {
            return Date.parse(lines.find((line) => line.startsWith(label))!.slice(label.length));
        });
        const kept = lines
            .filter((line) => line !== "" && !/^([0-9a-f]{2}:)+[0-9a-f]{0,2}$|^[0-9A-F:]{20,}$/.test(line))
            .filter((line) => !/^(Serial Number|Not Before|Not After |Signature Value)/.test(line))
            .map((line) =>
                line.replace(
                    /^(Subject|Issuer): (.*)$/,
                    (_, label, name: string) => `${label}: ${sorted(name)}`,
                ),
            );
        return [...kept.sort(), `${Math.round((to! - from!) / 86_400_000)} days`];
    }
});

/** The fields of a name in one order: @pulumi/tls has its own. */
function sorted(name: string): string {
    return name.split(", ").sort().join(", ");
}
