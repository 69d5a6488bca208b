import assert from "node:assert/strict";
import { certificateFaults, publicFiles } from "../../pki/bundle";
import { fingerprint, parseCertificates } from "../../pki/certificates";
import { intermediateValidityHours, profiles, renewalWindowHours } from "../../pki/profile";
import { issued, newKey, publicPem, selfSigned } from "../pki";

const day = 86_400_000;

describe("The validity of an intermediate", () => {
    const validity = (days: number) =>
        intermediateValidityHours(profiles.default, new Date(days * day), new Date(0));

    it("is the profile's where the root lives longer", () => {
        assert.equal(validity(3650), 365 * 24);
        assert.equal(validity(365), 365 * 24);
    });

    it("is halved until the root outlives it", () => {
        assert.equal(validity(364), (365 * 24) / 2);
        assert.equal(validity(100), (365 * 24) / 4);
        assert.equal(validity(0.01), 1);
    });

    it("stays as Istio's Makefile has it with the profile makefile", () => {
        assert.equal(intermediateValidityHours(profiles.makefile, new Date(0), new Date(0)), 3650 * 24);
    });

    it("is always longer than the renewal window", () => {
        assert.equal(renewalWindowHours(profiles.default, 8760), 90 * 24);
        assert.equal(renewalWindowHours(profiles.default, 2190), 1095);
        assert.equal(renewalWindowHours(profiles.default, 1), 0);
    });
});

describe("The files of cacerts", () => {
    it("name the intermediate in root-cert.pem, so that its bytes change with every renewal", async () => {
        const { caPem, root } = await chain();
        const files = publicFiles(caPem, root.pem, profiles.default);
        const [ca] = parseCertificates(caPem);
        assert.deepEqual(files, {
            "ca-cert.pem": caPem,
            "cert-chain.pem": caPem,
            "root-cert.pem": `# trusts intermediate ${fingerprint(ca!)}\n${root.pem}`,
        });
        assert.equal(parseCertificates(files["root-cert.pem"]).length, 1);
    });

    it("have the root at the chain's end with the profile makefile", async () => {
        const { caPem, root } = await chain();
        assert.equal(publicFiles(caPem, root.pem, profiles.makefile)["cert-chain.pem"], caPem + root.pem);
    });
});

describe("An intermediate certificate", () => {
    it("can be plugged in with its own key and root", async () => {
        const { caPem, keys, root } = await chain();
        assert.deepEqual(certificateFaults(caPem, await publicPem(keys), root.pem), []);
    });

    it("is refused with every reason at once", async () => {
        const { keys, root } = await chain();
        const leaf = await issued(await newKey(), root, { ca: false });
        const other = await selfSigned(await newKey(), { subject: "O=Other, CN=Root" });
        assert.deepEqual(certificateFaults(leaf, await publicPem(keys), other), [
            "it was made for another key than this stack's",
            "it is not a CA certificate",
            "it does not verify to the trust bundle: its issuer, O=Istio, CN=Root CA, is not among the certificates given",
        ]);
        assert.deepEqual(certificateFaults("nonsense", await publicPem(keys), root.pem), [
            "it is not a PEM certificate",
        ]);
    });

    it("is refused under a root of the same name with another key", async () => {
        const { caPem, keys } = await chain();
        const [fault, ...others] = certificateFaults(
            caPem,
            await publicPem(keys),
            await selfSigned(await newKey()),
        );
        assert.match(fault!, /^it does not verify to the trust bundle: .* was signed by another key$/);
        assert.deepEqual(others, []);
    });
});

async function chain() {
    const rootKeys = await newKey();
    const root = { keys: rootKeys, pem: await selfSigned(rootKeys) };
    const keys = await newKey();
    return { root, keys, caPem: await issued(keys, root) };
}
