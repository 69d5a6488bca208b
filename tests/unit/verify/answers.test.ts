import * as assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import * as refusal from "../../../verify/refusal";
import { verifyCheck } from "../../../verify/servedChain";
import { requestChecks, readinessCheck } from "../../../verify/workloads";
import { makeCa } from "./certificates";

const reset = { exitCode: 56, stdout: "000", stderr: "curl: (56) Recv failure: Connection reset by peer\n" };
const alert = (words: string) => ({
    exitCode: 56,
    stdout: "000",
    stderr: `curl: (56) OpenSSL SSL_read: error:0A000418:SSL routines::tlsv1 alert ${words}, errno 0\n`,
});
const answered = { exitCode: 0, stdout: "200", stderr: "" };
const unreachable = { exitCode: 7, stdout: "000", stderr: "curl: (7) Failed to connect to httpbin.foo\n" };
const timeout = { exitCode: 28, stdout: "000", stderr: "curl: (28) Connection timed out\n" };

describe("refusals", () => {
    const verdicts = (result: typeof answered) => [
        refusal.plaintext(result).ok,
        refusal.withoutCertificate(result, true).ok,
        refusal.foreignCertificate(result).ok,
    ];

    it("tells them apart by curl's exit code and the alert", () => {
        assert.deepEqual(verdicts(reset), [true, true, false]);
        assert.deepEqual(verdicts({ ...reset, exitCode: 52 }), [true, true, false]);
        assert.deepEqual(verdicts({ ...reset, exitCode: 16 }), [true, true, false]);
        assert.deepEqual(verdicts(alert("certificate required")), [true, true, false]);
        assert.deepEqual(verdicts(alert("handshake failure")), [true, true, false]);
        assert.deepEqual(verdicts(alert("unknown ca")), [true, true, true]);
    });

    it("wants the server's certificate to have been seen before it counts a missing one of the client", () => {
        assert.equal(refusal.withoutCertificate(reset, false).ok, false);
    });

    it("sees that the server wants a newer protocol", () => {
        assert.equal(refusal.wantsNewerProtocol(alert("protocol version")), true);
        assert.equal(refusal.wantsNewerProtocol(alert("unknown ca")), false);
        assert.equal(refusal.foreignCertificate(alert("protocol version")).ok, false);
    });

    it("takes neither an answer nor an unreachable server for a refusal", () => {
        for (const result of [answered, unreachable, timeout]) {
            assert.deepEqual(verdicts(result), [false, false, false]);
        }
    });

    it("describes what happened", () => {
        const observed = (result: typeof answered) => refusal.plaintext(result).observed;
        assert.equal(observed(answered), "answered: HTTP status 200");
        assert.equal(observed(reset), "Recv failure: Connection reset by peer (curl 56)");
        assert.equal(observed(alert("unknown ca")), "TLS alert: unknown ca (curl 56)");
    });
});

describe("requestChecks", () => {
    const id = "spiffe://cluster.local/ns/foo/sa/sleep";
    let leaf: X509Certificate;
    let hash: string;

    before(async () => {
        leaf = (await makeCa("leaf")).certificate;
        hash = leaf.fingerprint256.replaceAll(":", "").toLowerCase();
    });

    const judge = (header: string | undefined, stderr = "200", exitCode = 0) => {
        const headers = {
            Host: ["httpbin.foo:8000"],
            ...(header && { "X-Forwarded-Client-Cert": [header] }),
        };
        const stdout = JSON.stringify({ headers }, undefined, 2);
        return requestChecks({ exitCode, stdout, stderr }, id, leaf).map(({ ok }) => ok);
    };
    const by = "By=spiffe://cluster.local/ns/foo/sa/httpbin";

    it("passes 200 with the client's identity and certificate", () => {
        assert.deepEqual(judge(`${by};Hash=${hash};Subject="";URI=${id}`), [true, true, true]);
    });

    it("refuses another identity, another certificate, no mTLS and another status", () => {
        const other = "0".repeat(64);
        assert.deepEqual(judge(`${by};Hash=${hash};Subject="";URI=${id}er`), [true, false, true]);
        assert.deepEqual(judge(`${by};Hash=${other};Subject="";URI=${id}`), [true, true, false]);
        assert.deepEqual(judge(undefined), [true, false, false]);
        assert.deepEqual(judge(`${by};Hash=${hash};Subject="";URI=${id}`, "503"), [false, true, true]);
        assert.deepEqual(judge(undefined, "curl: (7) Failed to connect", 7), [false, false, false]);
    });
});

describe("readinessCheck", () => {
    it("says which Deployment is missing or not available", () => {
        const ready = { status: { replicas: 1, availableReplicas: 1 } };
        assert.equal(readinessCheck({ server: ready, client: ready }).ok, true);
        const check = readinessCheck({ server: { status: { replicas: 1 } }, client: undefined });
        assert.equal(check.ok, false);
        assert.equal(check.observed, "httpbin 0 of 1 available, sleep missing");
    });
});

describe("verifyCheck", () => {
    it("takes OpenSSL's 0 only after a handshake", () => {
        assert.equal(verifyCheck("httpbin", true, "0").ok, true);
        assert.equal(verifyCheck("httpbin", true, "19").observed, "error 19");
        assert.equal(verifyCheck("httpbin", false, "0").observed, "no handshake");
    });
});
