import * as assert from "node:assert/strict";
import { KeyObject } from "node:crypto";
import { once } from "node:events";
import { AddressInfo, connect } from "node:net";
import * as tls from "node:tls";
import { handshake, istiodChecks } from "../../../verify/istiod";
import { foreignClientPem } from "../../../verify/foreignClient";
import { Certificate } from "../../../pki/certificate";
import { Made, makeCa, makeLeaf } from "./certificates";

const name = "istiod.istio-system.svc";

describe("handshake", () => {
    let root: Made;
    let ca: Made;
    let leaf: Made;

    before(async () => {
        root = await makeCa("Root CA");
        ca = await makeCa("Intermediate CA", { issuer: root, to: 100 });
        leaf = await makeLeaf(ca, [{ type: "dns", value: name }]);
    });

    it("trusts a server by the root alone", async () => {
        const shown = await shake([leaf, ca, root], root);
        const checks = istiodChecks("istiod", shown, { caCert: ca.certificate, roots: [root.certificate] });
        assert.deepEqual(
            checks.map(({ ok }) => ok),
            [true, true],
        );
    });

    it("does not take the served intermediate, nor another root of the same name, as an anchor", async () => {
        assert.equal(
            (await shake([leaf, ca, root], await makeCa("Root CA"))).fault,
            "SELF_SIGNED_CERT_IN_CHAIN",
        );
        assert.equal(
            (await shake([leaf, ca], await makeCa("Root CA"))).fault,
            "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
        );
        assert.equal((await shake([leaf], root)).fault, "UNABLE_TO_VERIFY_LEAF_SIGNATURE");
    });

    it("says so when istiod runs on Istio's self-signed CA", async () => {
        const own = await makeCa("", { subject: "O=cluster.local" });
        const shown = await shake([await makeLeaf(own, [{ type: "dns", value: name }]), own], root);
        const [signed, verified] = istiodChecks("istiod", shown, {
            caCert: ca.certificate,
            roots: [root.certificate],
        });
        assert.equal(signed!.ok, false);
        assert.equal(
            signed!.observed,
            "issued by O=cluster.local: Istio's self-signed CA, not a plugged-in one",
        );
        assert.equal(verified!.ok, false);
    });

    it("refuses a certificate for another name", async () => {
        const other = await makeLeaf(ca, [{ type: "dns", value: "istiod.elsewhere.svc" }]);
        assert.equal((await shake([other, ca, root], root)).fault, "ERR_TLS_CERT_ALTNAME_INVALID");
    });

    it("fails when the connection ends", async () => {
        const server = tls.createServer({ minVersion: "TLSv1.3" }).listen(0, "127.0.0.1");
        await once(server, "listening");
        const connection = connect((server.address() as AddressInfo).port, "127.0.0.1");
        await assert.rejects(handshake(connection, name, [root.certificate]));
        server.close();
    });
});

describe("foreignClientPem", () => {
    it("makes a pair that verifies in itself and bears the CA's name, but was not signed by the CA", async () => {
        const ca = await makeCa("Intermediate CA");
        const spiffeId = "spiffe://cluster.local/ns/foo/sa/sleep";
        const pem = await foreignClientPem(spiffeId, ca.certificate.pem);
        const [client, foreignCa] = Certificate.strictly(pem);
        assert.equal(client!.issuer, ca.certificate.subject);
        assert.equal(client!.node.subjectAltName, `URI:${spiffeId}`);
        assert.equal(client!.node.verify(foreignCa!.publicKey), true);
        assert.equal(client!.node.verify(ca.certificate.publicKey), false);
        // OpenSSL refuses a key that does not match.
        tls.createSecureContext({ cert: pem, key: pem });
    });
});

async function shake(chain: Made[], root: Made) {
    const cert = chain.map(({ certificate }) => certificate.pem).join("");
    const key = KeyObject.from(chain[0]!.keys.privateKey).export({ type: "pkcs8", format: "pem" });
    const server = tls.createServer({ cert, key }).listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
        const connection = connect((server.address() as AddressInfo).port, "127.0.0.1");
        return await handshake(connection, name, [root.certificate]);
    } finally {
        server.close();
    }
}
