import assert from "node:assert/strict";
import program from "../../../index";
import { serialNumber } from "../../../pki/crl";
import { pemBlocks } from "../../../pki/pem";
import { signCrl } from "../../../pki/signedCrl";
import { keySigner } from "../../../pki/signer";
import type { RootOutputs } from "../../../stacks/outputs";
import type { RefusalId } from "../../../stacks/refusal";
import { csr, privatePem, publicFiles } from "../../pki";
import { MockedProgram, runMocked } from "../support/mocks";
import { refusedBy } from "../support/refusals";
import { factsOf, stackNames, testCa, TestCa } from "../support/roles";

describe("A root stack", () => {
    let ca: TestCa;
    let next: TestCa;
    /** The lists of ca's root and of the two keys. */
    let rootList: string;
    let list: string;
    let nextList: string;

    before(async () => {
        ca = await testCa();
        next = await testCa(ca.root);
        rootList = await signCrl({
            issuerPem: ca.root.pem,
            signer: keySigner(await privatePem(ca.root.keys)),
        });
        [list, nextList] = (await Promise.all(
            [ca, next].map((each) => signCrl({ issuerPem: each.csr, signer: keySigner(each.key) })),
        )) as [string, string];
    });

    /** An `up` of stack root that has signed ca for cluster1, which has plugged it in. */
    async function up(
        config: Record<string, string> = {},
        live: Partial<Record<keyof RootOutputs, unknown>> = {},
        cluster: Record<string, unknown> = {},
    ): Promise<{ stack?: MockedProgram<RootOutputs>; error?: Error; registered: string[] }> {
        const registered: string[] = [];
        const facts = factsOf(ca.pem);
        try {
            const stack = await runMocked(program as () => Promise<RootOutputs>, {
                stack: "root",
                config: { role: "root", clusters: '["cluster1"]', ...config },
                keys: { "root-key": ca.root.keys },
                certificates: { "root-cert": ca.root.pem, "cluster1-cert": ca.pem },
                stacks: {
                    [stackNames.root]: {
                        roots: { root: factsOf(ca.root.pem) },
                        trustBundle: ca.root.pem,
                        certificates: { cluster1: { generation: 1, pem: ca.pem, csr: ca.csr } },
                        issued: {
                            [serialNumber(facts.serial)]: {
                                cluster: "cluster1",
                                generation: 1,
                                notAfter: facts.notAfter,
                                keyId: "",
                            },
                        },
                        revoked: {},
                        ...live,
                    },
                    [stackNames.self]: {
                        csr: { generation: 1, pem: ca.csr },
                        files: ca.files,
                        crls: list,
                        ...cluster,
                    },
                },
                onRegister: (name) => registered.push(name),
            });
            return { stack, registered };
        } catch (error) {
            return { error: error as Error, registered };
        }
    }

    /** Refused by what names these facts, before a key or certificate is made. */
    async function refuses(
        result: ReturnType<typeof up>,
        ids: RefusalId | RefusalId[],
        ...facts: (string | RegExp)[]
    ): Promise<void> {
        const { error, registered } = await result;
        assert.ok(error, "the `up` passed");
        refusedBy(ids, ...facts)(error);
        assert.deepEqual(
            registered.filter((name) => /-(key|cert)$/.test(name)),
            [],
        );
    }

    async function passes(result: ReturnType<typeof up>): Promise<MockedProgram<RootOutputs>> {
        const { stack, error } = await result;
        assert.equal(error, undefined);
        return stack!;
    }

    const listed = (...lists: string[]) => ({
        files: publicFiles(ca.pem, ca.root.pem, undefined, lists.join("")),
    });

    it("changes nothing if nothing was asked", async () => {
        const { outputs } = await passes(up());
        assert.equal(outputs.root.fingerprint, factsOf(ca.root.pem).fingerprint);
        assert.equal(outputs.crls, undefined);
        assert.deepEqual(outputs.withheld, []);
    });

    it("says how to make a cluster ask that has not yet", async () => {
        const { outputs, logs } = await passes(up({ clusters: '["cluster1","cluster3"]' }));
        assert.deepEqual(Object.keys(outputs.certificates), ["cluster1"]);
        assert.deepEqual(logs, [
            "Cluster cluster3 has not asked for a certificate: `pulumi up --stack cluster3`.",
        ]);
    });

    it("is refused if CRLs are switched off that clusters have", () =>
        refuses(
            up({}, { crls: rootList + list }, listed(rootList, list)),
            "crls-switched-off",
            "crls",
            "cluster1",
        ));

    it("is refused shortly before its only root expires, unless another is trusted or the setting lets it pass", async () => {
        const soon = {
            ...factsOf(ca.root.pem),
            notBefore: "2020-01-01T00:00:00.000Z",
            notAfter: new Date(Date.now() + 5 * 86_400_000).toISOString(),
        };
        const live = { roots: { root: soon } };
        await refuses(up({}, live), "ca-expires-soon", "root root", soon.notAfter, "npm run rotate");
        await passes(up({ expiryGuardDays: "4" }, live));
        await passes(up({ expiryGuardDays: "0" }, live));
        await passes(up({ roots: '["root","root-2"]' }, live));
    });

    it("is refused if it revokes what is in use or was never signed", async () => {
        const settings = (name: string) => ({ crls: "true", revoked: JSON.stringify([name]) });
        await refuses(up(settings("cluster1/1")), "revoked-in-use", "cluster1/1", "plugged in");
        await refuses(up(settings("cluster1/7")), "revoked-unknown", "cluster1/7");
        const { outputs } = await passes(up(settings("ab")));
        assert.deepEqual(Object.keys(outputs.revoked), ["ab"]);
        const revoked = { ab: "2026-01-02T03:04:05.000Z" };
        const again = await passes(up(settings("ab"), { revoked }));
        assert.deepEqual(again.outputs.revoked, revoked, "the date stays");
    });

    it("is refused if a CA has no CRL and clusters use CRLs", async () => {
        const none = { crls: undefined };
        await refuses(
            up({ crls: "true" }, { crls: rootList }, { ...listed(rootList), ...none }),
            "crl-missing",
            "cluster1",
        );
        const { outputs } = await passes(up({ crls: "true" }, {}, none));
        assert.deepEqual([outputs.crls, outputs.withheld], [undefined, ["cluster1"]]);
    });

    it("requires no CRL of a cluster below another root, because its workloads use other CRLs", async () => {
        const { files } = await testCa();
        const { outputs } = await passes(up({ crls: "true" }, {}, { files, crls: undefined }));
        assert.deepEqual(outputs.withheld, []);
        assert.equal(pemBlocks(outputs.crls!).length, 1);
    });

    it("signs a new key when every cluster has its CRL, and the previous one until then", async () => {
        const asking = { csr: { generation: 2, pem: next.csr }, crls: list + nextList };
        const live = { crls: rootList + list };
        const waiting = await passes(up({ crls: "true" }, live, { ...asking, ...listed(rootList, list) }));
        assert.deepEqual(waiting.outputs.withheld, ["cluster1"]);
        assert.equal(waiting.outputs.certificates["cluster1"]!.generation, 1);
        const everywhere = { ...asking, ...listed(rootList, list, nextList) };
        const signing = await passes(up({ crls: "true" }, live, everywhere));
        assert.deepEqual(signing.outputs.withheld, []);
        assert.equal(signing.outputs.certificates["cluster1"]!.generation, 2);
    });

    it("is refused with all faults at once if a cluster asks for what it may not have", async () => {
        const wrong = await csr(ca.keys, { subject: "O=Other, L=cluster2, CN=Intermediate CA" });
        await refuses(
            up({}, {}, { csr: { generation: 1, pem: wrong } }),
            "request-refused",
            /nothing was signed[^]*subject O: found Other[^]*subject L: found cluster2/,
        );
    });
});
