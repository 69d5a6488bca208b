import * as assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { Check, report, Report } from "../../../verify/report";
import { formatReport } from "../../../verify/table";
import { makeCa } from "./certificates";

const good = { name: "istiod: signed by the plugged-in CA", expected: "good", observed: "good", ok: true };
const bad = {
    name: "refused: client certificate of a foreign CA",
    expected: "TLS alert that refuses the certificate",
    observed:
        "Recv failure: Connection reset by peer, and so many words more that no line could hold them all",
    ok: false,
};

describe("report", () => {
    it("is passed only if something was checked and all of it was good", async () => {
        assert.equal((await make([good])).verdict, "passed");
        assert.equal((await make([good, bad])).verdict, "failed");
        assert.equal((await make([])).verdict, "failed");
        assert.deepEqual((await make([good, bad])).summary.failed, [bad.name]);
    });

    it("has a summary without timings and without what changes from run to run", async () => {
        const { summary, certificates } = await make([good]);
        assert.deepEqual(Object.keys(summary), [
            ...["verdict", "failed", "checks", "skipped", "trustDomain", "root", "ca"],
        ]);
        assert.deepEqual(summary.skipped, ["workloads: not there", "Secret cacerts: it may not be read"]);
        assert.deepEqual(Object.keys(certificates), ["root", "ca", "istiod"]);
    });
});

describe("formatReport", () => {
    it("stays within 110 columns and says what failed", async () => {
        const text = formatReport(await make([good, bad]), false);
        assert.ok(text.split("\n").every((line) => line.length <= 110));
        assert.match(
            text,
            /^FAIL +refused: client certificate of a foreign CA +expected TLS alert that refuses/m,
        );
        assert.match(text, /^skip +workloads +not there$/m);
        assert.match(text, /FAILED: 1 of 2 checks\n$/);
        assert.equal(stripVTControlCharacters(text), text);
    });

    it("colours the same text", async () => {
        const made = await make([good]);
        assert.notEqual(formatReport(made, true), formatReport(made, false));
        assert.equal(stripVTControlCharacters(formatReport(made, true)), formatReport(made, false));
    });
});

async function make(checks: Check[]): Promise<Report> {
    const { certificate } = await makeCa("Root CA");
    const duration = { milliseconds: 1, attempts: 1 };
    const settled = [
        { name: "one", checks, certificates: { istiod: certificate.facts }, duration },
        { name: "two", checks: [], skipped: ["Secret cacerts: it may not be read"], duration },
    ];
    const expected = { caCert: certificate, roots: [certificate] };
    const skipped = ["workloads: not there"];
    return report({ context: "cluster1", trustDomain: "cluster.local", expected, settled, skipped });
}
