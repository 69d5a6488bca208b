import assert from "node:assert/strict";
import { CannotVerify } from "../../../verify/input";
import { judgeCell } from "../../../verify/matrixCause";
import { handshakeCheck, requestCheck } from "../../../verify/matrixCell";
import { expectedOf, readMatrixInput } from "../../../verify/matrixInput";
import { matrixReport } from "../../../verify/matrixReport";
import { formatMatrix } from "../../../verify/matrixTable";
import { clockCheck } from "../../../verify/prober";
import { newKey, selfSigned } from "../../pki";

const ends = { from: "one", to: "two" };

function check(name: string, observed: string, ok = false) {
    return { name, expected: "something else", observed, ok };
}

describe("The matrix of a mesh", () => {
    it("distinguishes faults of trust from those of reachability, and says what to do", () => {
        const faults: [string, string, "trust" | "reachability", RegExp][] = [
            [handshakeCheck, "connection refused", "reachability", /east-west gateway/],
            [requestCheck, "503 no healthy upstream", "reachability", /istioctl remote-clusters/],
            [requestCheck, "503 TLS_error: CERTIFICATE_VERIFY_FAILED", "trust", /under one root/],
            ["one: reads two", "by no Secret", "reachability", /up --refresh/],
            ["two: clock", "300 s behind", "trust", /NTP/],
            ["two: proxy", "is missing the latest CRL", "trust", /under one root/],
            ["two: root = root-cert.pem", "aa:bb", "trust", /under one root/],
            ["refused: plaintext from outside the mesh", "answered: HTTP status 200", "trust", /STRICT/],
        ];
        for (const [name, observed, fault, remedy] of faults) {
            const cell = judgeCell(ends, [
                check("first", "", true),
                check(name, observed),
                check("effect", ""),
            ]);
            assert.deepEqual([cell.ok, cell.fault], [false, fault], observed);
            assert.equal(cell.found, `${name}: ${observed}; expected something else`);
            assert.match(cell.remedy!, remedy);
        }
        const lost = judgeCell(ends, [], "the API server of two does not answer");
        assert.deepEqual([lost.ok, lost.fault], [false, "reachability"]);
        const good = judgeCell(ends, [check("first", "", true)]);
        assert.deepEqual(good, { ...ends, ok: true, checks: [check("first", "", true)] });
    });

    it("passes if every cell does, and is a table with what to do below", () => {
        const good = judgeCell(ends, [check("a", "", true)]);
        const bad = judgeCell({ from: "two", to: "one" }, [check(requestCheck, "503 no healthy upstream")]);
        const passed = matrixReport(["one", "two"], [good, { ...good, from: "two", to: "one" }], 1500);
        const failed = matrixReport(["one", "two"], [good, bad], 1500);
        assert.deepEqual([passed.verdict, failed.verdict], ["passed", "failed"]);
        assert.equal(matrixReport([], [], 0).verdict, "failed");
        assert.deepEqual(passed.summary.cells, [
            { from: "one", to: "two", ok: true },
            { from: "two", to: "one", ok: true },
        ]);
        const text = formatMatrix(failed, false);
        assert.match(text, /│ one +│ +│ ok +│\n│ two +│ reachability +│ +│/);
        assert.match(
            text,
            /two -> one: reachability\n {4}request: HTTP status: 503 no healthy upstream; .*\n {4}See /,
        );
        assert.match(text, /FAILED: 1 of 2 links/);
        assert.match(formatMatrix(passed, false), /passed: 2 links in 1\.5 s/);
    });

    it("accepts a clock within a minute", () => {
        const seen = (seconds: number) => {
            const { observed, ok } = clockCheck("one: clock", seconds * 1000);
            return [observed, ok];
        };
        assert.deepEqual([-61, -60, 0.3, 60, 61].map(seen), [
            ["61 s behind", false],
            ["60 s behind", true],
            ["0 s ahead", true],
            ["60 s ahead", true],
            ["61 s ahead", false],
        ]);
    });

    it("accepts certificates of the previous CA for as long as they are reissued", async () => {
        const pem = await selfSigned(await newKey());
        const cluster = { cluster: "one", context: "one", caCertPem: pem, rootCertPem: pem, network: "n" };
        const { clusters } = readMatrixInput({ clusters: [cluster, { ...cluster, reissueMinutes: 30 }] });
        assert.deepEqual(
            clusters.map((each) => expectedOf(each).reissue?.minutes),
            [undefined, 30],
        );
    });

    it("names every fault of its input at once", async () => {
        const pem = await selfSigned(await newKey());
        const good = { cluster: "one", context: "one", caCertPem: pem, rootCertPem: pem, network: "n" };
        assert.equal(readMatrixInput({ clusters: [good, good] }).limitSeconds, 60);
        const faulty = { clusters: [good, { ...good, caCertPem: "no", context: 1 }], trustdomain: "x" };
        assert.throws(
            () => readMatrixInput(faulty),
            (error) => {
                assert.ok(error instanceof CannotVerify);
                for (const fault of [
                    "clusters.1.context is 1",
                    "clusters.1.caCertPem holds no PEM",
                    "trustdomain is unknown",
                ]) {
                    assert.ok(error.message.includes(fault), error.message);
                }
                return true;
            },
        );
        assert.throws(() => readMatrixInput({ clusters: [good] }), /clusters .* at least two clusters/);
    });
});
