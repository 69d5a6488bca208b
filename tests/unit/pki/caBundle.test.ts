import assert from "node:assert/strict";
import { CaBundle } from "../../../pki/caBundle";
import { CaCertificate } from "../../../pki/caCertificate";
import { signingCa } from "../../../pki/caFiles";
import { signCrl } from "../../../pki/signedCrl";
import { keySigner } from "../../../pki/signer";
import { issued, KeyPair, newKey, privatePem, selfSigned } from "../../pki";

describe("A CA bundle", () => {
    let root: { keys: KeyPair; pem: string };
    let other: { keys: KeyPair; pem: string };
    let caPem: string;

    before(async () => {
        root = await authority("O=Istio, CN=Root CA");
        other = await authority("O=Other, CN=Root CA");
        caPem = await issued(await newKey(), root);
    });

    it("is the files that it was parsed from, byte for byte", async () => {
        const crls = await signCrl({ issuerPem: root.pem, signer: keySigner(await privatePem(root.keys)) });
        const { files } = CaBundle.signed(caPem, root.pem, { rootInChain: true }, crls);
        assert.equal(files["ca-cert.pem"], caPem);
        assert.equal(files["cert-chain.pem"], caPem + root.pem);
        assert.equal(files["ca-crl.pem"], crls);
        assert.match(files["root-cert.pem"], /^# trusts intermediate [0-9a-f:]{95}\n-----BEGIN/);
        assert.deepEqual(CaBundle.parse(files)?.files, files);
        const commented = { ...files, "root-cert.pem": `# by hand\n${files["root-cert.pem"]}` };
        assert.deepEqual(CaBundle.parse(commented)?.files, commented);
        assert.equal(CaBundle.parse(commented)!.equals(CaBundle.parse(files)!), false);
    });

    it("has no file for CRLs if the mesh uses none, and an empty one is another thing", () => {
        const { files } = CaBundle.signed(caPem, root.pem);
        assert.deepEqual(Object.keys(files), ["ca-cert.pem", "cert-chain.pem", "root-cert.pem"]);
        const empty = CaBundle.parse({ ...files, "ca-crl.pem": "" })!;
        assert.deepEqual(empty.crls, []);
        assert.equal(empty.equals(CaBundle.parse(files)!), false);
    });

    it("depends on the root that its chain leads to, and may trust others in addition", () => {
        const bundle = CaBundle.signed(caPem, other.pem + root.pem);
        const [ours, theirs] = [root, other].map(({ pem }) => CaCertificate.all(pem)[0]!);
        assert.equal(bundle.root?.fingerprint, ours!.fingerprint);
        assert.equal(bundle.issuer?.fingerprint, ours!.fingerprint);
        assert.deepEqual(
            [ours!, theirs!].map((each) => bundle.trusts(each)),
            [true, true],
        );
        assert.deepEqual(
            [ours!, theirs!].map((each) => bundle.dependsOn([each])),
            [true, false],
        );
        assert.equal(bundle.faultUnder([theirs!, ours!]), undefined);
        assert.match(bundle.faultUnder([theirs!])!, /is not among the certificates given$/);
    });

    it("depends on no root if its chain leads to none that it trusts", () => {
        const bundle = CaBundle.signed(caPem, other.pem);
        assert.deepEqual([bundle.root, bundle.issuer, bundle.path], [undefined, undefined, []]);
    });

    it("is a root itself in a mesh of Istio's own CA", () => {
        const bundle = CaBundle.signed(root.pem, root.pem);
        assert.ok(bundle.root?.equals(bundle.ca));
        assert.equal(bundle.issuer, undefined);
    });

    it("is undefined without a certificate of a CA", () => {
        const { files } = CaBundle.signed(caPem, root.pem);
        assert.equal(CaBundle.parse({ ...files, "ca-cert.pem": "" }), undefined);
    });

    it("is plugged in with the certificate that istiod signs with, the one in the first block", () => {
        const text = `${other.pem.replaceAll("CERTIFICATE", "ANY LABEL")}${caPem}`;
        const files = { "ca-cert.pem": text, "ca-key.pem": "", "cert-chain.pem": caPem };
        const ca = signingCa({ ...files, "root-cert.pem": root.pem });
        assert.ok(!("missing" in ca));
        assert.equal(CaBundle.checked(ca).files["ca-cert.pem"], other.pem);
    });
});

async function authority(subject: string) {
    const keys = await newKey();
    return { keys, pem: await selfSigned(keys, { subject }) };
}
