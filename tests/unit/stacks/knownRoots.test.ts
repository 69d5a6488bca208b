import * as assert from "node:assert/strict";
import program from "../../../index";
import { Certificate } from "../../../pki/certificate";
import type { ClusterOutputs, EarlierOutputs, RootOutputs } from "../../../stacks/outputs";
import { csr, issued, KeyPair, newKey, privatePem, selfSigned, publicFiles } from "../../pki";
import { withApiServer } from "../support/apiServer";
import { withIstioctl } from "../support/istioctl";
import { noMesh, secretOf, system } from "../support/meshObjects";
import { MockedProgram, runMocked } from "../support/mocks";
import { refusedBy } from "../support/refusals";

const self = "organization/istio-plugin-ca/root";
const cluster1 = "organization/istio-plugin-ca/cluster1";

const facts = (pem: string) => Certificate.all(pem)[0]!.facts;

interface Authority {
    keys: KeyPair;
    pem: string;
}

describe("Stack root whose state does not fit what clusters trust", () => {
    let first: Authority;
    let second: Authority;
    let keys: KeyPair;

    before(async () => {
        keys = await newKey();
        [first, second] = (await Promise.all(
            [1, 2].map(async () => {
                const rootKeys = await newKey();
                return { keys: rootKeys, pem: await selfSigned(rootKeys) };
            }),
        )) as [Authority, Authority];
    });

    /** An `up` of a state with the first root, or with none, beside a cluster below another. */
    async function up(
        {
            signer,
            trusted = signer.pem,
            ...rest
        }: { signer: Authority; trusted?: string } & Partial<ClusterOutputs & EarlierOutputs>,
        live: Partial<RootOutputs> | undefined,
        config: Record<string, string> = {},
    ): Promise<MockedProgram<RootOutputs>> {
        const files = publicFiles(await issued(keys, signer), trusted);
        return runMocked(program as () => Promise<RootOutputs>, {
            stack: "root",
            config: { role: "root", clusters: '["cluster1"]', ...config },
            stacks: {
                [cluster1]: { csr: { generation: 1, pem: await csr(keys) }, files, ...rest },
                [self]: live ?? {},
            },
            keys: { "root-key": first.keys },
            certificates: { "root-cert": first.pem },
        });
    }

    const state = (retired?: string[]) => ({
        roots: { root: facts(first.pem) },
        trustBundle: first.pem,
        certificates: {},
        ...(retired && { retired }),
    });

    it("is refused if workloads trust a root that it does not know, and says what to import", async () => {
        const both = first.pem + second.pem;
        for (const [signer, trusted] of [
            [first, both],
            [second, both],
        ] as const) {
            await assert.rejects(
                up({ signer, trusted }, state([])),
                refusedBy(
                    "state-outdated",
                    /The workloads of cluster1 trust .*, which this stack's state does not know/,
                    "Import the newest state: `pulumi stack import --stack root",
                    "`pulumi config set previousCa istio-system/cacerts --stack cluster1`",
                ),
            );
        }
    });

    it("continues once the cluster migrates from the root that is gone for good, as the refusal says", async () => {
        const live = state([]);
        const plugged = { signer: second, trusted: first.pem + second.pem };
        const { message } = await up(plugged, live).then(
            () => assert.fail("the `up` passed"),
            (error: Error) => error,
        );
        const [, previousCa, stack] = /`pulumi config set previousCa (\S+) --stack (\S+)`/.exec(message)!;
        assert.equal(stack, "cluster1");
        // The remedy, taken: the cluster's `up` with the setting, root's again, and each step of the move.
        const request = { generation: 1, pem: await csr(keys) };
        const certificates = { cluster1: { ...request, pem: await issued(keys, first) } };
        let files = publicFiles(await issued(keys, second), plugged.trusted);
        let own: Partial<ClusterOutputs> = { root: facts(second.pem), files, istioMode: "install" };
        const secret = (content: Record<string, string>) => secretOf("cacerts", "Opaque", content);
        const key = await privatePem(keys);
        const kept = secret({ ...files, "ca-key.pem": key });
        for (const [migration, signer] of [
            ["trust-both", second],
            ["sign-own", first],
            ["trust-own", first],
        ] as const) {
            const objects = {
                ...noMesh,
                "/api/v1/pods": { items: [] },
                [`${system}/secrets/cacerts`]: secret({ ...files, "ca-key.pem": key }),
                ...(own.previousCa && { [`${system}/secrets/cacerts-former`]: kept }),
            };
            const config = { role: "cluster", context: "cluster1", previousCa: previousCa!, migration };
            const { outputs } = await withApiServer(objects, (kubeconfig) =>
                withIstioctl("1.31.0", () =>
                    runMocked(program as () => Promise<ClusterOutputs>, {
                        config: { kubeconfig, ...config },
                        stacks: {
                            [cluster1]: { csr: request, ...own },
                            [self]: { certificates, trustBundle: first.pem },
                        },
                        keys: { "cluster1-1-key": keys },
                    }),
                ),
            );
            assert.equal(outputs.root!.fingerprint, facts(signer.pem).fingerprint);
            files = outputs.files!;
            const { root, previousCa: previous, istioMode } = outputs;
            own = { root: root!, files, istioMode: istioMode!, ...(previous && { previousCa: previous }) };
            const rootStack = await runMocked(program as () => Promise<RootOutputs>, {
                stack: "root",
                config: { role: "root", clusters: '["cluster1"]' },
                stacks: { [cluster1]: { csr: request, ...own }, [self]: live },
                keys: { "root-key": first.keys },
                certificates: { "root-cert": first.pem },
            });
            assert.equal(rootStack.outputs.root.fingerprint, facts(first.pem).fingerprint);
        }
        assert.equal(own.previousCa, undefined);
    });

    it("continues if that root was replaced on purpose, or the cluster is migrating", async () => {
        const known = state([facts(second.pem).fingerprint]);
        for (const [plugged, live] of [
            [{ signer: second }, known],
            [{ signer: second, previousCa: facts(second.pem) }, state([])],
            // As an earlier version called it.
            [{ signer: second, formerCa: facts(second.pem) }, state([])],
            [{ signer: second }, undefined],
            [{ signer: second }, state()],
            // A new stack's root, to which the cluster is about to move.
            [{ signer: second }, state([])],
        ] as const) {
            const { outputs, logs } = await up(plugged, live);
            assert.equal(outputs.root.fingerprint, facts(first.pem).fingerprint);
            const alone = live !== undefined && !("formerCa" in plugged || "previousCa" in plugged);
            const move =
                "Cluster cluster1 is below a root that is gone from the trust bundle. `pulumi config set previousCa istio-system/cacerts --stack cluster1` and `npm run migrate -- cluster1` migrate it to this one in steps.";
            assert.deepEqual(logs, alone ? [move] : []);
        }
    });

    it("creates no root that signs at once, even if clusters depend on none that it knows", async () => {
        const config = { roots: '["root","root-2"]', signingRoot: "root-2" };
        await assert.rejects(
            up({ signer: second }, state([facts(second.pem).fingerprint]), config),
            refusedBy(
                "root-not-trusted",
                "Root root-2 cannot sign yet: the workloads of cluster1 do not trust it.",
            ),
        );
    });

    it("does not sign with a root that was made again because its key was gone", async () => {
        const another = { ...state([]), roots: { root: facts(second.pem) }, trustBundle: second.pem };
        await assert.rejects(
            up({ signer: second }, another),
            refusedBy(
                "root-remade",
                /Root root is not the one that clusters trust: .* It signed nothing\./,
                "Import a backup",
            ),
        );
    });

    it("remembers which roots were replaced", async () => {
        const rotated = { roots: { root: facts(first.pem), "root-2": facts(second.pem) } };
        const live = {
            ...rotated,
            trustBundle: first.pem + second.pem,
            certificates: {},
            retired: ["aa:bb"],
        };
        const { roots, retired } = (await up({ signer: first }, live)).outputs;
        assert.deepEqual(Object.keys(roots), ["root"]);
        assert.deepEqual(retired, ["aa:bb", facts(second.pem).fingerprint]);
        const again = await up(
            { signer: first },
            { ...live, retired: [...retired, facts(first.pem).fingerprint] },
        );
        assert.deepEqual(
            again.outputs.retired,
            ["aa:bb", facts(second.pem).fingerprint],
            "one that is back is not",
        );
    });

    it("plugs nothing in if root and cluster are one stack, and its root was made again", async () => {
        const standalone = ({ keys, pem }: typeof first) =>
            runMocked(program as () => Promise<ClusterOutputs>, {
                config: { role: "standalone", deploy: "false" },
                stacks: { [cluster1]: { root: facts(first.pem) } },
                keys: { "root-key": keys },
                certificates: { "root-cert": pem },
            });
        await assert.rejects(
            standalone(second),
            refusedBy("root-remade", "The root is not the one that workloads trust", "Import a backup"),
        );
        // The remedy, taken: the state holds the first root again.
        assert.equal((await standalone(first)).outputs.status, "CA signed");
    });
});
