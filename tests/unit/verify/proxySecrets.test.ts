import * as assert from "node:assert/strict";
import { ExpectedCa } from "../../../verify/expectedCa";
import { parseSecrets, proxyFault } from "../../../verify/proxySecrets";
import { Made, makeCa, makeLeaf } from "./certificates";

describe("A proxy's secrets", () => {
    let [root, next, ca, renewed]: Made[] = [];
    let expected: ExpectedCa;

    before(async () => {
        [root, next] = [await makeCa("Root CA"), await makeCa("Next root CA")];
        [ca, renewed] = [
            await makeCa("Intermediate CA", { issuer: root }),
            await makeCa("Intermediate CA", { issuer: root }),
        ];
        expected = { caCert: renewed.certificate, roots: [root.certificate, next.certificate] };
    });

    const dump = (roots: Made[], chain: Made[]) => {
        const bytes = (made: Made[]) => ({
            inline_bytes: Buffer.from(made.map(({ certificate }) => certificate.pem).join("")).toString(
                "base64",
            ),
        });
        return {
            configs: [
                { name: "default", secret: { tls_certificate: { certificate_chain: bytes(chain) } } },
                { name: "ROOTCA", secret: { validation_context: { trusted_ca: bytes(roots) } } },
            ],
        };
    };
    const fault = (roots: Made[], chain: Made[]) => proxyFault(parseSecrets(dump(roots, chain)), expected);
    const leafOf = (issuer: Made) =>
        makeLeaf(issuer, [{ type: "url", value: "spiffe://cluster.local/ns/a/sa/b" }]);

    it("have picked up a CA with its trust bundle and a leaf of it, the roots in any order", async () => {
        assert.equal(fault([next!, root!], [await leafOf(renewed!), renewed!, root!]), undefined);
    });

    it("lag behind with a root too few or too many", async () => {
        const chain = [await leafOf(renewed!), renewed!];
        assert.equal(fault([root!], chain), `trusts ${root!.certificate.short}`);
        assert.match(fault([root!, next!, ca!], chain)!, /^trusts /);
        assert.equal(fault([], chain), "trusts nothing");
    });

    it("lag behind with the leaf of an older CA, even of the same name and root", async () => {
        const both = [root!, next!];
        assert.equal(
            fault(both, [await leafOf(ca!), ca!]),
            `serves a certificate of ${ca!.certificate.short}`,
        );
        assert.equal(fault(both, [await leafOf(ca!)]), "serves a certificate of an unknown CA");
        assert.equal(fault(both, []), "has no certificate");
        assert.equal(proxyFault(parseSecrets({}), expected), "trusts nothing");
    });
});
