import * as assert from "node:assert/strict";
import { Certificate } from "../../../pki/certificate";
import { secretChecks } from "../../../verify/cacertsSecret";
import { ExpectedCa } from "../../../verify/expectedCa";
import { configMapCheck, selectorQuery } from "../../../verify/rootConfigMaps";
import { makeCa } from "./certificates";

describe("what the API server holds", () => {
    let root: Certificate;
    let ca: Certificate;
    let other: Certificate;
    let expected: ExpectedCa;

    before(async () => {
        const rootCa = await makeCa("Root CA");
        root = rootCa.certificate;
        ca = (await makeCa("Intermediate CA", { issuer: rootCa })).certificate;
        other = (await makeCa("Root CA")).certificate;
        expected = { caCert: ca, roots: [root] };
    });

    describe("configMapCheck", () => {
        const configMap = (namespace: string, pem: string) => ({
            metadata: { namespace },
            data: { "root-cert.pem": pem },
        });

        it("passes the root in every namespace, whatever comments are next to it", () => {
            const configMaps = [
                configMap("foo", root.pem),
                configMap("istio-system", `# a comment\n${root.pem}`),
                configMap("kube-public", other.pem),
            ];
            const check = configMapCheck(["foo", "istio-system"], configMaps, expected);
            assert.equal(check.ok, true);
            assert.equal(check.observed, "the same in foo, istio-system");
        });

        it("names the namespaces where it is missing, another one, more than one or empty", () => {
            const configMaps = [
                configMap("a", other.pem),
                configMap("b", root.pem + other.pem),
                configMap("c", ""),
                configMap("e", root.pem),
            ];
            const check = configMapCheck(["a", "b", "c", "d", "e"], configMaps, expected);
            assert.equal(check.ok, false);
            const both = `${root.short}, ${other.short}`;
            assert.equal(check.observed, `a: ${other.short}; b: ${both}; c: no certificate; d: missing`);
        });
    });

    describe("secretChecks", () => {
        const base64 = (text: string) => Buffer.from(text).toString("base64");
        const verdicts = (data?: Record<string, string>) => secretChecks(data, expected).map(({ ok }) => ok);

        it("compares certificate and root", () => {
            const good = { "ca-cert.pem": base64(ca.pem), "root-cert.pem": base64(root.pem) };
            assert.deepEqual(verdicts(good), [true, true]);
            assert.deepEqual(verdicts({ ...good, "ca-cert.pem": base64(other.pem) }), [false, true]);
            assert.deepEqual(verdicts({ ...good, "root-cert.pem": base64(other.pem) }), [true, false]);
            assert.deepEqual(verdicts({ ...good, "tls.crt": base64(ca.pem) }), [false, false]);
            assert.deepEqual(verdicts(undefined), [false, false]);
        });

        it("shows no private key", () => {
            const data = { "ca-key.pem": base64("secret words"), "ca-cert.pem": base64("secret words") };
            assert.equal(JSON.stringify(secretChecks(data, expected)).includes("secret words"), false);
        });
    });

    describe("selectorQuery", () => {
        it("says a label selector in the API's words", () => {
            const matchExpressions = [
                { key: "b", operator: "In", values: ["x", "y"] },
                { key: "c", operator: "NotIn", values: ["z"] },
                { key: "d", operator: "Exists" },
                { key: "e", operator: "DoesNotExist" },
            ];
            const query = selectorQuery({ matchLabels: { a: "1" }, matchExpressions });
            assert.equal(query, "a=1,b in (x,y),c notin (z),d,!e");
        });
    });
});
