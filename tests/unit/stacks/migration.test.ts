import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { migrationSteps, returnSteps } from "../../../operations/migration/migrationSteps";
import program from "../../../index";
import { CaBundle } from "../../../pki/caBundle";
import { CaFiles } from "../../../pki/caFiles";
import { MigrationStage, overlappingBundle, previousCa } from "../../../pki/previousCa";
import { Certificate } from "../../../pki/certificate";
import type { ClusterOutputs } from "../../../stacks/outputs";
import { csr, issued, newKey, privatePem, selfSigned, publicFiles } from "../../pki";
import { withApiServer } from "../support/apiServer";
import { withIstioctl } from "../support/istioctl";
import { isSecret, MockedProgram, runMocked } from "../support/mocks";
import { refusedBy } from "../support/refusals";

const system = "/api/v1/namespaces/istio-system";
const self = "organization/istio-plugin-ca/cluster1";
const root = "organization/istio-plugin-ca/root";

describe("A migration from a previous CA", () => {
    it("is the steps that are left, each for the clusters that lag behind", () => {
        const told = (clusters: Parameters<typeof migrationSteps>[0]) =>
            migrationSteps(clusters).map(
                ({ title, stage, clusters }) => `${title} (${stage}): ${clusters.join(", ")}`,
            );
        assert.deepEqual(told({ one: "trust-previous" }), [
            "Trust both CAs (trust-both): one",
            "Sign with the stack's CA (sign-own): one",
            "Trust the stack's CA alone (trust-own): one",
        ]);
        assert.deepEqual(told({ one: "sign-own", two: "trust-both" }), [
            "Sign with the stack's CA (sign-own): two",
            "Trust the stack's CA alone (trust-own): one, two",
        ]);
        assert.deepEqual(told({ one: "trust-own" }), []);
    });

    it("is undone until the last step", () => {
        assert.deepEqual(returnSteps({ one: "sign-own", two: "trust-both" }), [
            { title: "Sign with the previous CA again", stage: "trust-both", clusters: ["one"] },
            { title: "Trust the previous CA alone", stage: "trust-previous", clusters: ["one", "two"] },
        ]);
        assert.throws(() => returnSteps({ one: "trust-own", two: "sign-own" }), {
            message: "one no longer trusts the previous CA, so there is no way back to it.",
        });
        assert.throws(
            () => returnSteps({ one: "trust-own", two: "trust-own" }),
            /^Error: one, two no longer trust the/,
        );
    });

    it("plugs in the CA that signs, and trusts the CAs of its stage", async () => {
        const { own, previous: from } = await cas();
        const ca = previousCa(from.files);
        assert.ok(!("missing" in ca));
        const [previous, ownBundle] = [CaBundle.ofSigningCa(ca)!, CaBundle.parse(own.files)!];
        const overlapping = (stage: MigrationStage) => overlappingBundle(stage, previous, ownBundle).files;
        const first = overlapping("trust-both");
        assert.deepEqual(certificates(first["ca-cert.pem"]), [from.root]);
        assert.deepEqual(certificates(first["cert-chain.pem"]), [from.root]);
        assert.deepEqual(certificates(first["root-cert.pem"]), [from.root, own.root]);
        const second = overlapping("sign-own");
        assert.deepEqual(second["ca-cert.pem"], own.files["ca-cert.pem"]);
        assert.deepEqual(certificates(second["root-cert.pem"]), [from.root, own.root]);
        assert.notEqual(first["root-cert.pem"], second["root-cert.pem"]);
        assert.deepEqual(certificates(overlapping("trust-previous")["root-cert.pem"]), [from.root]);
        assert.deepEqual(overlapping("trust-own"), own.files);
    });
});

describe("A cluster's stack over a live mesh", () => {
    let own: Awaited<ReturnType<typeof cas>>["own"];
    let previous: Awaited<ReturnType<typeof cas>>["previous"];

    /** A folder with this stack's CA: role ready needs nobody to sign. */
    let caSource: string;

    before(async () => {
        ({ own, previous } = await cas());
        caSource = fs.mkdtempSync(path.join(os.tmpdir(), "own-"));
        for (const [name, text] of Object.entries({ ...own.files, "ca-key.pem": own.key })) {
            fs.writeFileSync(path.join(caSource, name), text, { mode: 0o600 });
        }
    });

    after(() => fs.rmSync(caSource, { recursive: true }));

    /** An `up` of a stack whose CA root has signed, beside an istiod that signs with the previous one. */
    async function up(
        settings: Record<string, string>,
        {
            live = {},
            objects = {},
            date,
        }: { live?: Partial<ClusterOutputs>; objects?: Record<string, object>; date?: () => Date } = {},
    ): Promise<MockedProgram<ClusterOutputs>> {
        const mesh = {
            [`${system}/pods`]: {
                items: [{ metadata: {}, spec: { containers: [{ name: "discovery" }] }, status: ready }],
            },
            [`${system}/configmaps/istio-ca-root-cert`]: {
                data: { "root-cert.pem": previous.files["ca-cert.pem"] },
            },
            [`${system}/secrets/istio-ca-secret`]: secret("istio-ca-secret", previous.files),
            ...objects,
        };
        const run = (kubeconfig: string) =>
            withIstioctl("1.31.0", () =>
                runMocked(program as () => Promise<ClusterOutputs>, {
                    config: { role: "cluster", context: "cluster1", kubeconfig, ...settings },
                    stacks: {
                        [self]: {
                            ...(settings["role"] !== "ready" && { csr: { generation: 1, pem: own.csr } }),
                            ...live,
                        },
                        [root]: {
                            certificates: { cluster1: { generation: 1, pem: own.files["ca-cert.pem"] } },
                            trustBundle: own.rootPem,
                        },
                    },
                }),
            );
        return withApiServer(mesh, run, date);
    }

    it("plugs nothing in by a plain up, whose message names the CA and the way", async () => {
        await assert.rejects(up({}), (error: Error) => {
            assert.doesNotMatch(error.message, /PRIVATE/);
            return refusedBy(
                "live-mesh",
                "Cluster cluster1 has a live mesh: istiod signs with O=cluster.local",
                "from Secret istio-system/istio-ca-secret",
                /`npm run migrate -- cluster1` .* previousCa to istio-system\/istio-ca-secret/,
            )(error);
        });
    });

    it("does not sign with its own CA at once", async () => {
        const settings = {
            istio: "adopt",
            previousCa: "istio-system/istio-ca-secret",
            migration: "sign-own",
        };
        await assert.rejects(up(settings), refusedBy("live-mesh", "Cluster cluster1 has a live mesh"));
    });

    it("plugs in the previous CA first, its key secret, and trusts both", async () => {
        const stack = await up({
            role: "ready",
            caSource,
            istio: "adopt",
            previousCa: "istio-system/istio-ca-secret",
        });
        const { stringData } = stack.find("kubernetes:core/v1:Secret", "cacerts-secret").inputs;
        assert.ok(isSecret(stringData));
        const files = (stringData as { value: Record<string, string> }).value;
        assert.equal(files["ca-key.pem"], previous.files["ca-key.pem"]);
        assert.deepEqual(certificates(files["root-cert.pem"]!), [previous.root, own.root]);
        assert.equal(stack.outputs.root!.fingerprint, previous.root);
        assert.equal(stack.outputs.previousCa!.fingerprint, previous.root);
        assert.deepEqual(
            stack.resources
                .filter(({ type }) => /:(Namespace|Secret)$/.test(type))
                .map(({ name }) => name)
                .sort(),
            ["cacerts-secret", "samples-namespace"],
        );
        assert.ok(!JSON.stringify(stack.outputs).includes("PRIVATE KEY"));
    });

    it("keeps somebody's cacerts before it writes that Secret", async () => {
        const objects = { [`${system}/secrets/cacerts`]: secret("cacerts", previous.files) };
        const stack = await up(
            { role: "ready", caSource, istio: "adopt", previousCa: "istio-system/cacerts" },
            { objects },
        );
        const kept = stack.find("kubernetes:core/v1:Secret", "former-ca");
        assert.equal((kept.inputs["metadata"] as { name: string }).name, "cacerts-former");
        assert.ok(isSecret(kept.inputs["stringData"]));
        const [remove] = stack.resources.filter(({ name }) => name === "last-applied-remove");
        assert.match(String(remove!.inputs["create"]), /cacerts-last-applied\.sh$/);
        assert.ok(
            kept.dependencies.some((each) => each.includes("last-applied")),
            kept.dependencies.join(),
        );
        for (const [owner, name] of [
            ["istio", "istio-istioctl"],
            ["istio-leftovers", "istio-leftovers-sweep"],
        ]) {
            const { inputs } = stack.find("command:local:Command", name!);
            assert.equal(inputs["delete"], undefined, `${owner} was there before`);
        }
        const written = stack.find("istio-plugin-ca:index:CaCertsSecret", "cacerts");
        assert.ok(
            written.dependencies.some((each) => each.includes("former-ca")),
            written.dependencies.join(),
        );
    });

    it("asks of somebody else's Istio that its trust can change", async () => {
        const settings = {
            role: "ready",
            caSource,
            istio: "external",
            previousCa: "istio-system/istio-ca-secret",
        };
        await assert.rejects(
            up(settings),
            refusedBy(
                "istio-flags-missing",
                "without values.pilot.env.ISTIO_MULTIROOT_MESH=true and without meshConfig.defaultConfig.proxyMetadata.PROXY_CONFIG_XDS_AGENT=true",
            ),
        );
        const mesh = "defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: 'true' } }";
        const env = [{ name: "ISTIO_MULTIROOT_MESH", value: "true" }];
        const objects = {
            [`${system}/pods`]: {
                items: [{ metadata: {}, spec: { containers: [{ name: "discovery", env }] }, status: ready }],
            },
            [`${system}/configmaps/istio`]: { data: { mesh } },
        };
        const stack = await up(settings, { objects });
        assert.ok(!stack.resources.some(({ type }) => type.endsWith(":IstioInstall")));
        assert.equal(stack.outputs.istio, undefined);
    });

    it("does not jump over a step", async () => {
        const files = { ...own.files, "root-cert.pem": previous.files["ca-cert.pem"]! + own.rootPem };
        const facts = { fingerprint: previous.root } as ClusterOutputs["root"] & object;
        const live = { files, root: facts, previousCa: facts, istioMode: "adopt" as const };
        await assert.rejects(
            up({ istio: "adopt" }, { live }),
            refusedBy(
                "root-still-used",
                `The trust bundle of stack root is ${own.root} and lacks the root ${previous.root}`,
                "`npm run migrate -- cluster1` takes all steps",
            ),
        );
    });

    it("asks no proxy if nothing changes, even if its roots came and went before", async () => {
        const settings = {
            role: "ready",
            caSource,
            istio: "adopt",
            previousCa: "istio-system/istio-ca-secret",
        };
        const { files, root, previousCa } = (await up(settings)).outputs;
        const plugged = { ...files!, "root-cert.pem": `# replaces another\n${files!["root-cert.pem"]}` };
        const live = { files: plugged, root, previousCa, istioMode: "adopt" as const };
        assert.deepEqual((await up(settings, { live })).outputs.files, plugged);
        // The cluster's clock decides on what is about to be plugged in, and on nothing else.
        const date = () => new Date(Date.now() - 2 * 86_400_000);
        await assert.rejects(
            up(settings, { date }),
            refusedBy(
                "not-valid-yet",
                /is valid from .*, but by the clock of the API server of context cluster1/,
            ),
        );
        assert.deepEqual((await up(settings, { live, date })).outputs.files, plugged);
    });

    it("does not change owners, which would delete what exists", async () => {
        const live = { files: own.files, istioMode: "install" as const };
        await assert.rejects(
            up({ istio: "adopt" }, { live }),
            refusedBy(
                "istio-owner-changed",
                "The setting istio is adopt, but this mesh was brought up with install. The change would delete namespace istio-system and Istio.",
                "Set istio to install.",
            ),
        );
    });

    it("says what is wrong with the settings", async () => {
        await assert.rejects(
            up({ previousCa: "istio-ca-secret", migration: "own" }),
            ({ message }: Error) => {
                assert.match(message, /previousCa is "istio-ca-secret"\. Allowed: namespace\/name/);
                assert.match(message, /migration is "own"\. Allowed: trust-previous, trust-both/);
                return true;
            },
        );
        await assert.rejects(
            up({ previousCa: "istio-system/istio-ca-secret" }),
            refusedBy("istio-not-adopted", "The setting istio is install", "Set istio to adopt", "external"),
        );
        await assert.rejects(
            up({ istio: "adopt", previousCa: "istio-system/none" }),
            refusedBy(
                "previous-ca-missing",
                "Secret istio-system/none of context cluster1, which the setting previousCa names, does not exist.",
            ),
        );
    });
});

const ready = { conditions: [{ type: "Ready", status: "True" }] };

function secret(name: string, files: CaFiles): object {
    const data = Object.entries(files).map(([file, text]) => [
        file,
        Buffer.from(text ?? "").toString("base64"),
    ]);
    return { metadata: { name }, type: "istio.io/ca-root", data: Object.fromEntries(data) as object };
}

function certificates(pem: string): string[] {
    return Certificate.all(pem).map(({ fingerprint }) => fingerprint);
}

/** A stack's CA below a root, and one that istiod made for itself, in a Secret with empty files as istiod writes it. */
async function cas() {
    const [rootKeys, keys, previousKeys] = await Promise.all([newKey(), newKey(), newKey()]);
    const rootPem = await selfSigned(rootKeys);
    const pem = await issued(keys, { keys: rootKeys, pem: rootPem });
    const previousPem = await selfSigned(previousKeys, { subject: "O=cluster.local" });
    return {
        own: {
            files: publicFiles(pem, rootPem),
            key: await privatePem(keys),
            rootPem,
            root: certificates(rootPem)[0]!,
            csr: await csr(keys),
        },
        previous: {
            files: {
                "ca-cert.pem": previousPem,
                "ca-key.pem": await privatePem(previousKeys),
                "cert-chain.pem": "",
                "root-cert.pem": "",
                "key.pem": "",
            } as Record<string, string>,
            root: certificates(previousPem)[0]!,
        },
    };
}
