import * as assert from "node:assert/strict";
import { parseTransfers, Transfer } from "../../../verify/curl";
import * as refusal from "../../../verify/refusal";
import { verifyCheck } from "../../../verify/servedChain";
import { requestChecks, readinessCheck } from "../../../verify/workloads";

const transfer = { exitcode: 0, errormsg: null, http_code: 0, certs: "" };
const reset = { ...transfer, exitcode: 56, errormsg: "Recv failure: Connection reset by peer", certs: "PEM" };
const alert = (words: string) => ({
    ...reset,
    errormsg: `OpenSSL SSL_read: error:0A000418:SSL routines::tlsv1 alert ${words}, errno 0`,
});
const answered = { ...transfer, http_code: 200, certs: "PEM" };
const unreachable = { ...transfer, exitcode: 7, errormsg: "Failed to connect to httpbin.foo" };
const timeout = { ...transfer, exitcode: 28, errormsg: "Connection timed out", certs: "PEM" };

describe("refusals", () => {
    const verdicts = (result: Transfer) => [
        refusal.plaintext(result).ok,
        refusal.withoutCertificate(result).ok,
        refusal.foreignCertificate(result).ok,
    ];

    it("distinguishes them by curl's exit code and the alert", () => {
        assert.deepEqual(verdicts(reset), [true, true, false]);
        assert.deepEqual(verdicts({ ...reset, exitcode: 52 }), [true, true, false]);
        assert.deepEqual(verdicts({ ...reset, exitcode: 16 }), [true, true, false]);
        assert.deepEqual(verdicts(alert("certificate required")), [true, true, false]);
        assert.deepEqual(verdicts(alert("handshake failure")), [true, true, false]);
        assert.deepEqual(verdicts(alert("unknown ca")), [true, true, true]);
    });

    it("wants the server's certificate to have been seen before it counts a missing one of the client", () => {
        assert.equal(refusal.withoutCertificate({ ...reset, certs: "" }).ok, false);
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
        const observed = (result: Transfer) => refusal.plaintext(result).observed;
        assert.equal(observed(answered), "answered: HTTP status 200");
        assert.equal(observed(reset), "Recv failure: Connection reset by peer (curl 56)");
        assert.equal(observed(alert("unknown ca")), "TLS alert: unknown ca (curl 56)");
    });
});

describe("requestChecks", () => {
    const id = "spiffe://cluster.local/ns/foo/sa/sleep";
    const hash = "ab".repeat(32);
    const leaf = hash.match(/../g)!.join(":");

    const judge = (header: string | undefined, result: Partial<Transfer> = { http_code: 200 }) => {
        const headers = {
            Host: ["httpbin.foo:8000"],
            ...(header && { "X-Forwarded-Client-Cert": [header] }),
        };
        const body = JSON.stringify({ headers }, undefined, 2);
        return requestChecks({ ...transfer, ...result }, body, id, leaf).map(({ ok }) => ok);
    };
    const by = "By=spiffe://cluster.local/ns/foo/sa/httpbin";

    it("passes 200 with the client's identity and certificate", () => {
        assert.deepEqual(judge(`${by};Hash=${hash};Subject="";URI=${id}`), [true, true, true]);
    });

    it("passes where one of several connections was opened with the client's certificate", () => {
        const older = `${by};Hash=${"0".repeat(64)};Subject="";URI=${id}`;
        assert.deepEqual(judge(`${older},${by};Hash=${hash};Subject="";URI=${id}`), [true, true, true]);
    });

    it("refuses another identity, another certificate, no mTLS and another status", () => {
        const other = "0".repeat(64);
        assert.deepEqual(judge(`${by};Hash=${hash};Subject="";URI=${id}er`), [true, false, true]);
        assert.deepEqual(judge(`${by};Hash=${other};Subject="";URI=${id}`), [true, true, false]);
        assert.deepEqual(judge(undefined), [true, false, false]);
        assert.deepEqual(judge(`${by};Hash=${hash};Subject="";URI=${id}`, { http_code: 503 }), [
            false,
            true,
            true,
        ]);
        assert.deepEqual(judge(undefined, unreachable), [false, false, false]);
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
    it("passes only after a handshake that OpenSSL completed", () => {
        const named = { ...transfer, exitcode: 60, errormsg: "SSL: no alternative certificate subject name" };
        assert.equal(verifyCheck("httpbin", { ...named, certs: "PEM" }).ok, true);
        const problem = { ...named, errormsg: "SSL certificate problem: self-signed certificate" };
        assert.equal(verifyCheck("httpbin", problem).observed, `${problem.errormsg} (curl 60)`);
        assert.equal(verifyCheck("httpbin", problem).ok, false);
        assert.equal(verifyCheck("httpbin", unreachable).ok, false);
        assert.equal(verifyCheck("httpbin", answered).ok, false);
    });
});

describe("parseTransfers", () => {
    it("reads one report a line", () => {
        const stderr = `${JSON.stringify(answered)}\n${JSON.stringify(reset)}\n`;
        assert.deepEqual(parseTransfers({ exitCode: 56, stdout: "", stderr }), [answered, reset]);
    });

    it("fails with what was written instead", () => {
        const result = { exitCode: 127, stdout: "", stderr: "sh: 1: exec: curl: not found\n" };
        const message = "curl reported nothing (exit status 127): sh: 1: exec: curl: not found";
        assert.throws(() => parseTransfers(result), { message });
    });
});
