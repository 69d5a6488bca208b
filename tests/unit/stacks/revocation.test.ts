import * as assert from "node:assert/strict";
import { CaBundle } from "../../../pki/caBundle";
import { signCrl } from "../../../pki/signedCrl";
import { keySigner } from "../../../pki/signer";
import { clusterCrls, signable } from "../../../stacks/crls";
import { crlMissing, crlsSwitchedOff } from "../../../stacks/guards/crls";
import { refuse } from "../../../stacks/guards/guard";
import { keyRevoked, revokedInUse, revokedUnknown } from "../../../stacks/guards/revocation";
import type { IssuedCertificate, OfGeneration } from "../../../stacks/outputs";
import { issuedNow, revocation } from "../../../stacks/revocation";
import type { RootChange } from "../../../stacks/rootChange";
import { issuerOf } from "../../../pki/issuer";
import { logged } from "../support/logs";
import { refusedBy } from "../support/refusals";
import { csr, issued, KeyPair, newKey, privatePem, selfSigned } from "../../pki";
import { Certificate } from "../../../pki/certificate";

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
        const serial = Certificate.all(pem)[0]!.serial.replace(/^0+/, "");
        return { csr: request, pem, list, serial, bundle: CaBundle.signed(pem, rootPem) };
    }

    it("are all certificates of a key, by cluster and generation, and those it names by number", async () => {
        const [first, renewed, second] = [await ca("one"), await ca("one"), await ca("one")];
        const before = issuedNow({}, { one: { generation: 1, pem: first.pem } });
        const then = issuedNow({ issued: before }, { one: { generation: 1, pem: renewed.pem } });
        const live = {
            issued: issuedNow({ issued: then }, { one: { generation: 2, pem: second.pem } }),
            revoked: {},
        };
        const settings = { clusters: ["one"], revoked: ["one/1", "00AB"] };
        const now = new Date("2026-11-23T00:00:00Z");
        const revoked = await revokedNow(settings, live, { one: second.bundle }, now);
        const date = now.toISOString();
        assert.deepEqual(revoked, { [first.serial]: date, [renewed.serial]: date, ab: date });
        const later = await revokedNow(settings, { ...live, revoked }, { one: second.bundle });
        assert.deepEqual(later, revoked, "the date stays");
    });

    it("is refused while it is in use, and if nobody signed it, all at once", async () => {
        const one = await ca("one");
        const live = { issued: issuedNow({}, { one: { generation: 1, pem: one.pem } }) };
        await assert.rejects(
            revokedNow({ clusters: ["one"], revoked: ["one/1", "two/3"] }, live, { one: one.bundle }),
            refusedBy(
                ["revoked-unknown", "revoked-in-use"],
                "one/1, which cluster one has plugged in",
                "two/3, but no certificate of that name is valid or was revoked before. Known are one/1.",
            ),
        );
        const cutOff = await revokedNow({ clusters: [], revoked: ["one/1"] }, live, {});
        assert.deepEqual(Object.keys(cutOff), [one.serial]);
    });

    it("forgets what has expired, unless it is revoked", async () => {
        const [one, next] = [await ca("one"), await ca("one")];
        const issued = issuedNow({}, { one: { generation: 1, pem: one.pem } });
        const later = new Date(Date.now() + 400 * 86_400_000);
        assert.deepEqual(issuedNow({ issued }, {}, later), {});
        const settings = { clusters: ["one"], revoked: ["one/1"] };
        let live = { issued, revoked: await revokedNow(settings, { issued }, { one: next.bundle }) };
        // An `up` after another, each with what the last one left.
        for (const { length } of [[], [1], [1, 2]]) {
            const now = new Date(later.getTime() + length * 86_400_000);
            const revoked = await revokedNow(settings, live, { one: next.bundle }, now);
            assert.deepEqual(revoked, live.revoked);
            live = { revoked, issued: issuedNow({ issued: live.issued, revoked }, {}, now) };
            assert.deepEqual(Object.keys(live.issued), [one.serial]);
        }
        const never = { ...settings, revoked: ["one/1", "one/7"] };
        await assert.rejects(
            revokedNow(never, live, {}, later),
            refusedBy("revoked-unknown", "revoked names one/7, but no"),
        );
        // The remedy, taken: once it is out of the settings it is forgotten.
        assert.deepEqual(await revokedNow({ ...settings, revoked: [] }, live, {}, later), {});
        assert.deepEqual(issuedNow({ issued: live.issued, revoked: {} }, {}, later), {});
    });

    it("names numbers of certificates that it never knew, or that have expired", async () => {
        const one = await ca("one");
        const issued = issuedNow({}, { one: { generation: 1, pem: one.pem } });
        const later = new Date(Date.now() + 400 * 86_400_000);
        const settings = { clusters: [], revoked: [one.serial, "abc"] };
        assert.deepEqual(
            Object.keys(await revokedNow(settings, { issued }, {}, later)).sort(),
            [one.serial, "abc"].sort(),
        );
        assert.deepEqual(
            Object.keys(await revokedNow(settings, {}, {}, later)).sort(),
            [one.serial, "abc"].sort(),
        );
    });

    it("is a key that gets no other certificate, and the next one does", async () => {
        const [one, next] = [await ca("one"), await ca("one")];
        const issued = issuedNow({}, { one: { generation: 1, pem: one.pem } });
        const revoked = { [one.serial]: new Date().toISOString() };
        assert.deepEqual(await refusalOf({ one: { generation: 1, pem: one.csr } }, revoked, issued), {
            id: "key-revoked",
            found: "Cluster one asks for a certificate for a key that is revoked.",
            remedy: "Set generation of one to 2 for a new key and run `pulumi up` there.",
        });
        assert.equal(await refusalOf({ one: { generation: 2, pem: next.csr } }, revoked, issued), undefined);
        assert.equal(await refusalOf({ one: { generation: 1, pem: one.csr } }, {}, issued), undefined);
    });

    it("does not go back to an earlier generation, as after a backup was restored", async () => {
        const [one, two] = [await ca("one"), await ca("one")];
        const live = { certificates: { one: { generation: 2, pem: two.pem, csr: two.csr } } };
        const sign = (generation: number, pem: string) =>
            signable({ requests: { one: { generation, pem } }, crls: {}, plugged: {} }, live).requests;
        assert.deepEqual(sign(1, one.csr), { one: { generation: 2, pem: two.csr } });
        // The remedy, taken.
        assert.deepEqual(sign(3, one.csr), { one: { generation: 3, pem: one.csr } });
    });

    it("has a new key wait until every cluster has its CRL, including its own", async () => {
        const [one, next, two] = [await ca("one"), await ca("one"), await ca("two")];
        const live = {
            certificates: { one: { generation: 1, pem: one.pem, csr: one.csr } },
            crls: one.list + two.list,
        };
        const requests = { one: { generation: 2, pem: next.csr } };
        const signed = (ofOne: string, ofTwo: string) => {
            const plugged = {
                one: CaBundle.signed(one.pem, rootPem, undefined, ofOne),
                two: CaBundle.signed(two.pem, rootPem, undefined, ofTwo),
            };
            return signable({ requests, crls: {}, plugged }, live);
        };
        const withheld = { requests: { one: { generation: 1, pem: one.csr } }, withheld: ["one"] };
        const all = live.crls + next.list;
        assert.deepEqual(signed(all, live.crls), withheld);
        assert.deepEqual(signed(live.crls, all), withheld);
        assert.deepEqual(signed(all, all), { requests, withheld: [] });
        // Another key of the same generation, as after the first one was lost.
        requests.one.generation = 1;
        assert.deepEqual(signed(all, live.crls), withheld);
        assert.deepEqual(signed(all, all), { requests, withheld: [] });
        requests.one.generation = 2;
        const unlisted = { one: one.bundle, two: two.bundle };
        assert.deepEqual(signable({ requests, crls: {}, plugged: unlisted }, live).withheld, []);
    });

    it("keeps the CRLs of CAs that have not expired, and has none while one is missing", async () => {
        const [one, next, two] = [await ca("one"), await ca("one"), await ca("two")];
        const ledger = issuedNow({}, { one: { generation: 1, pem: one.pem } });
        const asked = { requests: {}, plugged: { one: next.bundle, two: two.bundle } };
        const all = { one: next.list, two: two.list };
        const kept = clusterCrls({ ...asked, crls: all }, one.list, ledger);
        assert.deepEqual(kept, { lists: [one.list, next.list, two.list].sort(), missing: [] });
        const forgotten = clusterCrls({ ...asked, crls: all }, one.list, {});
        assert.deepEqual(forgotten.lists, [next.list, two.list].sort());
        const lacking = { ...asked, crls: { one: next.list } };
        assert.deepEqual(clusterCrls(lacking, undefined, {}), { missing: ["two"] });
        assert.deepEqual(clusterCrls(lacking, one.list, {}), { missing: ["two"] });
    });

    it("is of the cluster that is named, and those that are known are listed in order", async () => {
        const [one, two] = [await ca("one"), await ca("two")];
        const signed = { two: { generation: 1, pem: two.pem }, one: { generation: 1, pem: one.pem } };
        const issued = issuedNow({}, signed);
        const revoke = (...revoked: string[]) => revokedNow({ clusters: [], revoked }, { issued }, {});
        assert.deepEqual(Object.keys(await revoke("one/1")), [one.serial]);
        await assert.rejects(
            revoke("one/2", "two/2"),
            refusedBy(
                "revoked-unknown",
                "revoked names one/2, two/2, but no certificate of that name is valid or was revoked before. Known are one/1, two/1.",
                "Correct the entry, or remove it if its certificate has expired.",
            ),
        );
        const { notAfter } = Object.values(issued)[0]!;
        assert.deepEqual(issuedNow({ issued }, {}, new Date(notAfter)), {});
        const last = new Date(Date.parse(notAfter) - 1);
        assert.deepEqual(Object.keys(issuedNow({ issued }, {}, last)).length > 0, true);
        // One that was revoked by its number may be of no key that is known.
        assert.equal(
            await refusalOf({ one: { generation: 1, pem: one.csr } }, { ab: notAfter }, issued),
            undefined,
        );
    });

    it("is reported as obsolete once all certificates of a key have expired, and not before", async () => {
        const [one, renewed] = [await ca("one"), await ca("one")];
        const first = issuedNow({}, { one: { generation: 1, pem: one.pem } });
        const issued = issuedNow({ issued: first }, { one: { generation: 1, pem: renewed.pem } });
        const ends = ["2027-01-02T00:00:00.000Z", "2027-01-01T00:00:00.000Z"];
        Object.values(issued).forEach((each, index) => (each.notAfter = ends[index]!));
        const told = async (now: string, name = "one/1") => {
            const settings = { clusters: [], revoked: [name] };
            return (await logged(() => revokedNow(settings, { issued }, {}, new Date(now)))).logs;
        };
        assert.deepEqual(await told("2027-01-01T12:00:00Z"), []);
        assert.deepEqual(await told("2027-01-01T23:59:59.999Z"), []);
        const expected = `revoked names one/1, which expired ${ends[0]}: you may remove the entry.`;
        assert.deepEqual(await told(ends[0]!), [expected]);
        assert.deepEqual(await told("2028-01-01T00:00:00Z", "abc"), []);
    });

    it("is refused for a cluster whose certificate is signed or plugged in, by each of the two", async () => {
        const one = await ca("one");
        const other = await ca("one");
        const issued = issuedNow({}, { one: { generation: 1, pem: one.pem } });
        const settings = { clusters: ["two", "one"], revoked: [one.serial.toUpperCase()] };
        const certificates = { one: { generation: 1, pem: one.pem } };
        const revoked = (plugged: object, live: object) =>
            revokedNow(settings, { issued, ...live }, plugged as Record<string, CaBundle>);
        const refused = refusedBy(
            "revoked-in-use",
            /revoked names [0-9A-F]+, which cluster one has plugged in: /,
            "Give one a new key first (generation), or remove one from clusters to cut it off.",
        );
        await assert.rejects(revoked({ one: one.bundle }, {}), refused);
        await assert.rejects(revoked({ one: other.bundle }, { certificates }), refused);
        assert.deepEqual(Object.keys(await revoked({ one: other.bundle }, {})), [one.serial]);
        // The remedy, taken: a new key.
        const next = { certificates: { one: { generation: 2, pem: other.pem } } };
        assert.deepEqual(Object.keys(await revoked({ one: other.bundle }, next)), [one.serial]);
        // Of a chain, the first is the cluster's.
        const chain = { certificates: { one: { generation: 1, pem: other.pem + one.pem } } };
        assert.deepEqual(Object.keys(await revoked({}, chain)), [one.serial]);
        const unknown = { ...settings, revoked: ["one/2"] };
        await assert.rejects(
            revokedNow(unknown, {}, {}),
            refusedBy("revoked-unknown", "valid or was revoked before. Known are none."),
        );
    });

    it("signs at once what is asked for first, by an older version, without CRLs or for the same key", async () => {
        const [one, next] = [await ca("one"), await ca("one")];
        const unlisted = { one: CaBundle.signed(one.pem, rootPem, undefined, next.list) };
        const sign = (request: string, live: object) =>
            signable(
                { requests: { one: { generation: 2, pem: request } }, crls: {}, plugged: unlisted },
                live,
            );
        const passed = (pem: string) => ({ requests: { one: { generation: 2, pem } }, withheld: [] });
        const other = await ca("one");
        assert.deepEqual(sign(other.csr, {}), passed(other.csr));
        assert.deepEqual(sign(other.csr, { certificates: {} }), passed(other.csr));
        const earlier = { one: { generation: 1, pem: one.pem } };
        assert.deepEqual(sign(other.csr, { certificates: earlier, crls: "" }), passed(other.csr));
        const signed = { one: { ...earlier.one, csr: one.csr } };
        assert.deepEqual(sign(other.csr, { certificates: signed }), passed(other.csr));
        assert.deepEqual(sign(one.csr, { certificates: signed, crls: "" }), passed(one.csr));
        assert.deepEqual(sign(other.csr, { certificates: signed, crls: "" }).withheld, ["one"]);
    });

    it("says which clusters are waited for, and what to do after a backup was restored", async () => {
        const [one, next, two] = [await ca("one"), await ca("one"), await ca("two")];
        const live = { certificates: { one: { generation: 2, pem: one.pem, csr: one.csr } }, crls: "" };
        const plugged = {
            one: CaBundle.signed(one.pem, rootPem, undefined, one.list),
            two: CaBundle.signed(two.pem, rootPem, undefined, two.list),
            three: two.bundle,
        };
        const logs = async (generation: number) => {
            const requests = { one: { generation, pem: next.csr } };
            return (await logged(() => signable({ requests, crls: {}, plugged }, live))).logs;
        };
        assert.deepEqual(await logs(3), [
            "Generation 3 of one is signed when one, two have its CRL: bring them up, then this stack again.",
        ]);
        assert.deepEqual(await logs(1), [
            "Cluster one asks for generation 1, but generation 2 is signed: its state was restored from a backup, perhaps. The certificate stays as it is. Set generation of one to 3 and run `npm run up`.",
        ]);
        const lacking = { requests: {}, plugged: { one: one.bundle, two: two.bundle }, crls: {} };
        const { result, logs: missing } = await logged(() => clusterCrls(lacking, undefined, {}));
        assert.deepEqual(result, { missing: ["one", "two"] });
        assert.deepEqual(missing, [
            "The CA of one, two has no CRL yet: bring one, two up, then this stack again.",
        ]);
        const crls = () => Promise.resolve(clusterCrls(lacking, "", {}));
        assert.deepEqual(await crlMissing({ last: { crls: "" }, crls }), {
            id: "crl-missing",
            found: "The CA of one, two has no CRL yet, and workloads that check CRLs reject a CA without one.",
            remedy: "Bring one, two up first.",
        });
    });

    it("has the CRL that a CA's cluster reports, and none of a CA that has expired", async () => {
        const one = await ca("one");
        const keys = await newKey();
        const request = { issuerPem: await csr(keys), signer: keySigner(await privatePem(keys)) };
        const [older, newer] = [
            await signCrl(request),
            await signCrl({ ...request, revoked: { ab: "2026-01-01" } }),
        ];
        const asked = { requests: {}, plugged: {}, crls: { one: newer } };
        const { keyId } = issuerOf(request.issuerPem);
        const ledger = (notAfter: string) => ({ ab: { cluster: "one", generation: 1, notAfter, keyId } });
        const later = ledger("2999-01-01T00:00:00Z");
        assert.deepEqual(clusterCrls(asked, older, later).lists, [newer]);
        const without = { ...asked, crls: {} };
        assert.deepEqual(clusterCrls(without, older, later).lists, [older]);
        assert.deepEqual(clusterCrls(without, older, ledger("2020-01-01T00:00:00Z")).lists, []);
        assert.deepEqual(clusterCrls(without, one.list, later).lists, []);
    });

    it("stays switched on once clusters have CRLs", async () => {
        const one = await ca("one");
        const refusal = (plugged: Record<string, CaBundle>) =>
            crlsSwitchedOff({
                settings: { crls: false } as RootChange["settings"],
                asked: () => Promise.resolve({ requests: {}, crls: {}, settled: {}, plugged }),
            });
        assert.equal(await refusal({ one: one.bundle }), undefined);
        const listed = CaBundle.signed(one.pem, rootPem, undefined, one.list);
        assert.match((await refusal({ one: listed }))!.found, /^crls is false, but one has CRLs/);
        assert.deepEqual(await refusal({ one: listed, two: one.bundle, three: listed }), {
            id: "crls-switched-off",
            found: "crls is false, but one, three have CRLs, and istiod keeps the last ones that it was given (istio#61073): the next new key would be rejected.",
            remedy: "Set crls to true; empty CRLs revoke nothing.",
        });
    });
});

/** What an `up` of stack root revokes. @throws Refused naming the entries that are in use or unknown. */
async function revokedNow(...[settings, last, ...rest]: Parameters<typeof revocation>) {
    const found = revocation(settings, last, ...rest);
    await refuse([revokedUnknown, revokedInUse], { last, revocation: () => Promise.resolve(found) });
    return found.revoked;
}

/** Why clusters that ask for these certificates are refused. */
function refusalOf(
    requests: Record<string, OfGeneration>,
    revoked: Record<string, string>,
    issued: Record<string, IssuedCertificate>,
) {
    return keyRevoked({
        last: { issued },
        revocation: () => Promise.resolve({ revoked, unknown: [], inUse: [] }),
        signable: () => Promise.resolve({ requests, withheld: [] }),
    });
}
