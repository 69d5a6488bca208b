import * as assert from "node:assert/strict";
import { publicFiles } from "../../pki/bundle";
import { X509Certificate } from "node:crypto";
import { signCrl } from "../../pki/signedCrl";
import { keySigner } from "../../pki/signer";
import { clusterCrls, refuseNoCrls, signable } from "../../stacks/crls";
import { issuedNow, revokedNow } from "../../stacks/revocation";
import { csr, issued, KeyPair, newKey, privatePem, selfSigned } from "../pki";

describe("What stack root revokes", () => {
    let rootKeys: KeyPair;
    let rootPem: string;

    before(async () => {
        rootKeys = await newKey();
        rootPem = await selfSigned(rootKeys, { subject: "O=Istio, CN=Root CA" });
    });

    /** A cluster's CA under a new key: its request, certificate and list. */
    async function ca(cluster: string) {
        const keys = await newKey();
        const subject = `O=Istio, L=${cluster}, CN=Intermediate CA`;
        const request = await csr(keys, { subject });
        const pem = await issued(keys, { keys: rootKeys, pem: rootPem }, { subject });
        const list = await signCrl({ issuerPem: request, signer: keySigner(await privatePem(keys)) });
        const serial = new X509Certificate(pem).serialNumber.toLowerCase().replace(/^0+/, "");
        return { csr: request, pem, list, serial, files: publicFiles(pem, rootPem) };
    }

    it("are all certificates of a key, by cluster and generation, and those it names by number", async () => {
        const [first, renewed, second] = [await ca("one"), await ca("one"), await ca("one")];
        const before = await issuedNow({}, { one: { generation: 1, pem: first.pem } });
        const then = await issuedNow(before, { one: { generation: 1, pem: renewed.pem } });
        const live = {
            issued: await issuedNow(then, { one: { generation: 2, pem: second.pem } }),
            revoked: {},
        };
        const settings = { clusters: ["one"], revoked: ["one/1", "00AB"] };
        const now = new Date("2026-11-23T00:00:00Z");
        const revoked = revokedNow(settings, live, { one: second.files }, now);
        const date = now.toISOString();
        assert.deepEqual(revoked, { [first.serial]: date, [renewed.serial]: date, ab: date });
        const later = revokedNow(settings, { ...live, revoked }, { one: second.files });
        assert.deepEqual(later, revoked, "the date stays");
    });

    it("is refused while it is in use, and where nobody signed it, all at once", async () => {
        const one = await ca("one");
        const live = { issued: await issuedNow({}, { one: { generation: 1, pem: one.pem } }) };
        assert.throws(
            () => revokedNow({ clusters: ["one"], revoked: ["one/1", "two/3"] }, live, { one: one.files }),
            /one\/1, which cluster one has plugged in[^]*two\/3, but no such certificate was signed\. Known are one\/1\.[^]*Nothing was changed/,
        );
        const cutOff = revokedNow({ clusters: [], revoked: ["one/1"] }, live, {});
        assert.deepEqual(Object.keys(cutOff), [one.serial]);
    });

    it("forgets what has ended", async () => {
        const one = await ca("one");
        const before = await issuedNow({}, { one: { generation: 1, pem: one.pem } });
        assert.deepEqual(await issuedNow(before, {}, new Date(Date.now() + 400 * 86_400_000)), {});
    });

    it("has a new key wait until every cluster has its list, its own too", async () => {
        const [one, next, two] = [await ca("one"), await ca("one"), await ca("two")];
        const live = {
            certificates: { one: { generation: 1, pem: one.pem, csr: one.csr } },
            crls: one.list + two.list,
        };
        const requests = { one: { generation: 2, pem: next.csr } };
        const signed = (ofOne: string, ofTwo: string) => {
            const plugged = {
                one: publicFiles(one.pem, rootPem, undefined, ofOne),
                two: publicFiles(two.pem, rootPem, undefined, ofTwo),
            };
            return signable({ requests, crls: {}, plugged }, live);
        };
        const withheld = { requests: { one: { generation: 1, pem: one.csr } }, withheld: ["one"] };
        const all = live.crls + next.list;
        assert.deepEqual(await signed(all, live.crls), withheld);
        assert.deepEqual(await signed(live.crls, all), withheld);
        assert.deepEqual(await signed(all, all), { requests, withheld: [] });
        const unlisted = { one: one.files, two: two.files };
        assert.deepEqual((await signable({ requests, crls: {}, plugged: unlisted }, live)).withheld, []);
    });

    it("keeps the lists of CAs that have not ended, and has none while one is missing", async () => {
        const [one, next, two] = [await ca("one"), await ca("one"), await ca("two")];
        const ledger = await issuedNow({}, { one: { generation: 1, pem: one.pem } });
        const asked = { requests: {}, plugged: { one: next.files, two: two.files } };
        const all = { one: next.list, two: two.list };
        const kept = await clusterCrls({ ...asked, crls: all }, one.list, ledger);
        assert.deepEqual(kept, { lists: [one.list, next.list, two.list].sort(), missing: [] });
        const forgotten = await clusterCrls({ ...asked, crls: all }, one.list, {});
        assert.deepEqual(forgotten.lists, [next.list, two.list].sort());
        const lacking = { ...asked, crls: { one: next.list } };
        assert.deepEqual(await clusterCrls(lacking, undefined, {}), { missing: ["two"] });
        await assert.rejects(
            clusterCrls(lacking, one.list, {}),
            /The CA of two has no list.*Bring two up first/s,
        );
    });

    it("stays switched on once clusters have lists", async () => {
        const one = await ca("one");
        refuseNoCrls({ one: one.files });
        assert.throws(
            () => refuseNoCrls({ one: publicFiles(one.pem, rootPem, undefined, one.list) }),
            /crls is false, but one have lists/,
        );
    });
});
