import * as assert from "node:assert/strict";
import program from "../../../index";
import { Certificate } from "../../../pki/certificate";
import { signCrl } from "../../../pki/signedCrl";
import { keySigner } from "../../../pki/signer";
import type { ClusterOutputs, EarlierOutputs } from "../../../stacks/outputs";
import { csr, issued, KeyPair, newKey, privatePem, selfSigned, publicFiles } from "../../pki";
import { withApiServer } from "../support/apiServer";
import { withIstioctl } from "../support/istioctl";
import { MockedProgram, runMocked } from "../support/mocks";
import { refusedBy } from "../support/refusals";
import { encodePem, pemBlocks } from "../../../pki/pem";

const system = "/api/v1/namespaces/istio-system";
const self = "organization/istio-plugin-ca/cluster1";
const root = "organization/istio-plugin-ca/root";

const facts = (pem: string) => Certificate.all(pem)[0]!.facts;
const certificates = (pem: string) => Certificate.all(pem).map(({ fingerprint }) => fingerprint);

describe("A cluster that was away while its root was replaced", () => {
    let keys: KeyPair;
    let key: string;
    let old: { pem: string; list: string };
    let next: { pem: string; list: string };
    let files: ClusterOutputs["files"] & object;
    let signed: string;
    let newRoot: { keys: KeyPair; pem: string };

    before(async () => {
        keys = await newKey();
        key = await privatePem(keys);
        const roots = await Promise.all(
            [1, 2].map(async () => {
                const rootKeys = await newKey();
                const pem = await selfSigned(rootKeys);
                const signer = keySigner(await privatePem(rootKeys));
                const list = await signCrl({ issuerPem: pem, signer });
                return { keys: rootKeys, pem, list };
            }),
        );
        [old, next] = roots as [(typeof roots)[0], (typeof roots)[0]];
        files = publicFiles(await issued(keys, roots[0]!), old.pem);
        newRoot = roots[1]!;
        signed = await issued(keys, newRoot);
    });

    /** Its `up` after it is back: root has signed its request with the new root. */
    async function up(
        config: Record<string, string>,
        live: Partial<ClusterOutputs & EarlierOutputs> = {},
        kept?: Record<string, string>,
        crls?: string,
        others: Record<string, Record<string, unknown>> = {},
    ): Promise<MockedProgram<ClusterOutputs>> {
        const plugged = live.files ?? files;
        const secret = (content: Record<string, string>) => ({
            data: Object.fromEntries(
                Object.entries(content).map(([name, text]) => [name, Buffer.from(text).toString("base64")]),
            ) as object,
        });
        const objects = {
            "/api/v1/pods": { items: [] },
            [`${system}/pods`]: { items: [] },
            [`${system}/secrets/cacerts`]: secret({ ...plugged, "ca-key.pem": key }),
            ...(kept && { [`${system}/secrets/cacerts-former`]: secret(kept) }),
        };
        const csrPem = await csr(keys);
        return withApiServer(objects, (kubeconfig) =>
            withIstioctl("1.31.0", () =>
                runMocked(program as () => Promise<ClusterOutputs>, {
                    config: { role: "cluster", context: "cluster1", kubeconfig, ...config },
                    stacks: {
                        ...Object.fromEntries(
                            Object.entries(others).map(([name, outputs]) => [
                                `organization/istio-plugin-ca/${name}`,
                                outputs,
                            ]),
                        ),
                        [self]: {
                            csr: { generation: 1, pem: csrPem },
                            ca: { ...facts(plugged["ca-cert.pem"]), generation: 1 },
                            root: facts(old.pem),
                            files,
                            istioMode: "install",
                            ...live,
                        },
                        [root]: {
                            certificates: { cluster1: { generation: 1, pem: signed, csr: csrPem } },
                            trustBundle: next.pem,
                            crls,
                        },
                    },
                    keys: { "cluster1-1-key": keys },
                }),
            ),
        );
    }

    const moving = { previousCa: "istio-system/cacerts" };

    it("is refused by a plain up, whose message names the way", async () => {
        await assert.rejects(
            up({}),
            refusedBy(
                ["root-still-used", "root-not-trusted"],
                "lacks the root",
                "`pulumi config set previousCa istio-system/cacerts --stack cluster1` and `npm run migrate -- cluster1`",
            ),
        );
    });

    it("takes that way: trusts both, signs with the new one, trusts it alone; its Istio stays its own", async () => {
        const both = [Certificate.all(old.pem)[0]!.fingerprint, Certificate.all(next.pem)[0]!.fingerprint];
        const first = await up(moving);
        const plugged = first.outputs.files!;
        assert.deepEqual(certificates(plugged["ca-cert.pem"]), certificates(files["ca-cert.pem"]));
        assert.deepEqual(certificates(plugged["root-cert.pem"]), both);
        assert.equal(first.outputs.istioMode, "install");
        first.find("kubernetes:core/v1:Namespace", "cacerts-namespace");
        first.find("kubernetes:core/v1:Secret", "former-ca");
        const previous = { ...files, "ca-key.pem": key };
        const live = (of: ClusterOutputs) => ({
            files: of.files!,
            root: of.root!,
            previousCa: of.previousCa!,
        });
        const second = await up({ ...moving, migration: "sign-own" }, live(first.outputs), previous);
        assert.deepEqual(certificates(second.outputs.files!["ca-cert.pem"]), certificates(signed));
        assert.deepEqual(certificates(second.outputs.files!["root-cert.pem"]), both);
        const { previousCa: formerCa, ...earlier } = live(second.outputs);
        const again = await up({ ...moving, migration: "sign-own" }, { ...earlier, formerCa }, previous);
        assert.deepEqual(again.outputs.files, second.outputs.files, "with the output of an earlier version");
        const third = await up({}, live(second.outputs), previous);
        assert.deepEqual(certificates(third.outputs.files!["root-cert.pem"]), both.slice(1));
        assert.equal(third.outputs.previousCa, undefined);
    });

    it("cannot skip a step", async () => {
        await assert.rejects(
            up({ ...moving, migration: "sign-own" }),
            refusedBy("root-not-trusted", "which the workloads of cluster1 do not trust yet"),
        );
    });

    it("is not held up by peers that reject it already", async () => {
        const peer = { files: publicFiles(await issued(await newKey(), newRoot), next.pem) };
        const config = { ...moving, peers: '["cluster2"]' };
        const stack = await up(config, {}, undefined, undefined, { cluster2: peer });
        assert.ok(stack.outputs.previousCa);
        assert.match(
            stack.logs.join("\n"),
            /^The workloads of stack cluster2 would reject those of cluster cluster1: .*\.$/m,
        );
    });

    it("does not overwrite what is kept of an earlier migration, and continues once that is deleted", async () => {
        const otherKeys = await newKey();
        const pem = await selfSigned(otherKeys);
        const earlier = { ...publicFiles(pem, pem), "ca-key.pem": await privatePem(otherKeys) };
        await assert.rejects(
            up(moving, {}, earlier),
            refusedBy(
                "previous-ca-kept",
                "Secret istio-system/cacerts-former of context cluster1 holds the CA of an earlier migration",
                "Delete it if no workload trusts that CA any more: `kubectl delete secret cacerts-former -n istio-system --context cluster1`.",
            ),
        );
        await up(moving);
    });

    it("has the CRLs of both roots if there are CRLs, because Envoy rejects a CA without one", async () => {
        const own = await signCrl({ issuerPem: await csr(keys), signer: keySigner(key) });
        const listed = { ...files, "ca-crl.pem": old.list + own };
        const stack = await up(moving, { files: listed }, undefined, next.list + own);
        const lists = stack.outputs.files!["ca-crl.pem"]!;
        assert.deepEqual(pems(lists).sort(), pems(old.list + own + next.list).sort());
        const unlisted = await up(moving, {}, undefined, next.list + own);
        assert.equal(unlisted.outputs.files!["ca-crl.pem"], undefined, "none if the previous CA has none");
    });
});

function pems(text: string): string[] {
    return pemBlocks(text).map(({ type, der }) => encodePem(type, der));
}
