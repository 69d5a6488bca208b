import * as assert from "node:assert/strict";
import { Certificate } from "../../../pki/certificate";
import * as net from "node:net";
import * as tls from "node:tls";
import { presentedChain, servedFault } from "../../../verify/istiodFaults";
import { privatePem } from "../../pki";
import { Made, makeCa, makeLeaf } from "./certificates";

const name = "istiod.istio-system.svc";

describe("what istiod serves", () => {
    let root: Made;
    let ca: Made;
    let renewed: Made;

    before(async () => {
        root = await makeCa("Root CA");
        ca = await makeCa("Intermediate CA", { issuer: root });
        renewed = await makeCa("Intermediate CA", { issuer: root, keys: ca.keys });
    });

    /** What a client sees of a server with a leaf of this CA, and these certificates behind it. */
    async function served(signer: Made, behind: Certificate[]) {
        const leaf = await makeLeaf(signer, [{ type: "dns", value: name }]);
        const cert = [leaf.certificate, ...behind].map(({ pem }) => pem).join("");
        const server = tls.createServer({ key: await privatePem(leaf.keys), cert });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as net.AddressInfo;
        try {
            return await presentedChain(net.connect(port, "127.0.0.1"), name);
        } finally {
            server.close();
        }
    }

    it("is of the CA that is plugged in", async () => {
        assert.equal(servedFault("istiod-1", await served(ca, [ca.certificate]), ca.certificate), undefined);
        assert.equal(servedFault("istiod-1", await served(ca, []), ca.certificate), undefined);
        const self = await served(root, [root.certificate]);
        assert.equal(servedFault("istiod-1", self, root.certificate), undefined);
    });

    it("is not of a renewed one while it serves the previous one, though they have one key", async () => {
        const chain = await served(ca, [ca.certificate]);
        assert.match(
            servedFault("istiod-1", chain, renewed.certificate)!,
            /^istiod-1 serves a certificate of /,
        );
        const followed = await served(renewed, [renewed.certificate]);
        assert.equal(servedFault("istiod-1", followed, renewed.certificate), undefined);
    });

    it("is not of one that another made", async () => {
        const other = await makeCa("Other CA");
        assert.match(
            servedFault("istiod-1", await served(other, []), ca.certificate)!,
            /of O=Istio, CN=Other CA, not of/,
        );
    });
});
