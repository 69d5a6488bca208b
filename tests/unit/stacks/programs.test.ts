import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import program from "../../../index";
import { engineSecrets } from "../../../components/engineSecrets";
import { Certificate } from "../../../pki/certificate";
import type { ClusterOutputs, RootOutputs } from "../../../stacks/outputs";
import { csr, issued, newKey, selfSigned } from "../../pki";
import { withIstioctl } from "../support/istioctl";
import { isSecret, MockedProgram, MockOptions, runMocked } from "../support/mocks";
import { refusedBy } from "../support/refusals";
import { pemBlocks } from "../../../pki/pem";
import { privateKeyOf } from "../../../pki/pemKey";

const self = "organization/istio-plugin-ca/cluster1";
const root = "organization/istio-plugin-ca/root";
const mesh = { role: "cluster", context: "cluster1" };

function run<T>(options: MockOptions) {
    return withIstioctl("1.31.0", () => runMocked<unknown>(program, options)) as Promise<MockedProgram<T>>;
}

/** The graph as `type name <- parent | dependencies`, in the order of names. */
function graph({ resources }: MockedProgram<unknown>): string[] {
    return resources
        .map(({ type, name, parent, dependencies }) => {
            const short = (text: string) => text.split(/[:/]/).at(-1)!;
            const needs = [...new Set(dependencies.map(short))].sort().join(", ");
            return `${short(type)} ${name}${parent && ` in ${short(parent)}`}${needs && `, after ${needs}`}`;
        })
        .sort();
}

describe("A standalone stack", () => {
    const config = { role: "standalone", context: "cluster1" };

    it("is one graph from the root CA to the verification", async () => {
        const stack = await run<ClusterOutputs>({ config });
        assert.deepEqual(graph(stack), [
            "CaCertsSecret cacerts",
            "CertRequest cluster1-1-csr in IntermediateCa cluster1-1, after PrivateKey cluster1-1-key",
            "Command istio-istioctl in IstioInstall istio, after Command istio-leftovers-sweep, Namespace cacerts-namespace",
            "Command istio-leftovers-sweep in IstioLeftovers istio-leftovers",
            "Command istiod-reload-annotate in IstiodReload istiod-reload, after CertRequest cluster1-1-csr, LocallySignedCert cluster1-cert, Namespace cacerts-namespace, SelfSignedCert root-cert",
            "Command verification-handshakes in MeshVerification verification, after CertRequest cluster1-1-csr, LocallySignedCert cluster1-cert, Namespace samples-namespace, SelfSignedCert root-cert",
            "Deployment samples-httpbin in SampleWorkloads samples, after Namespace samples-namespace, PeerAuthentication samples-strict, ServiceAccount samples-httpbin",
            "Deployment samples-sleep in SampleWorkloads samples, after Namespace samples-namespace, PeerAuthentication samples-strict, ServiceAccount samples-sleep",
            "IntermediateCa cluster1-1",
            "IntermediateCertificate cluster1, after CertRequest cluster1-1-csr",
            "IstioInstall istio, after Command istio-leftovers-sweep, Namespace cacerts-namespace, Secret cacerts-secret",
            "IstioLeftovers istio-leftovers, after CertRequest cluster1-1-csr, LocallySignedCert cluster1-cert, SelfSignedCert root-cert",
            "IstiodReload istiod-reload, after CertRequest cluster1-1-csr, Command istio-istioctl, LocallySignedCert cluster1-cert, Namespace cacerts-namespace, Secret cacerts-secret, SelfSignedCert root-cert",
            "LocallySignedCert cluster1-cert in IntermediateCertificate cluster1, after CertRequest cluster1-1-csr, PrivateKey root-key, SelfSignedCert root-cert",
            "MeshVerification verification, after CertRequest cluster1-1-csr, Command istiod-reload-annotate, LocallySignedCert cluster1-cert, Namespace samples-namespace, SelfSignedCert root-cert",
            "Namespace cacerts-namespace in CaCertsSecret cacerts",
            "Namespace samples-namespace in SampleWorkloads samples",
            "PeerAuthentication samples-strict in SampleWorkloads samples, after Command istio-istioctl, Namespace samples-namespace",
            "PrivateKey cluster1-1-key in IntermediateCa cluster1-1",
            "PrivateKey root-key in RootCa root",
            "RootCa root",
            "SampleWorkloads samples",
            "Secret cacerts-secret in CaCertsSecret cacerts, after CertRequest cluster1-1-csr, LocallySignedCert cluster1-cert, Namespace cacerts-namespace, PrivateKey cluster1-1-key, SelfSignedCert root-cert",
            "SelfSignedCert root-cert in RootCa root, after PrivateKey root-key",
            "Service samples-httpbin in SampleWorkloads samples, after Namespace samples-namespace",
            "Service samples-sleep in SampleWorkloads samples, after Namespace samples-namespace",
            "ServiceAccount samples-httpbin in SampleWorkloads samples, after Namespace samples-namespace",
            "ServiceAccount samples-sleep in SampleWorkloads samples, after Namespace samples-namespace",
            "kubernetes cluster1, after CertRequest cluster1-1-csr, LocallySignedCert cluster1-cert, SelfSignedCert root-cert",
        ]);
    });

    it("keeps private keys secret", async () => {
        const stack = await run<ClusterOutputs>({ config });
        const keys = stack.resources.filter(({ inputs }) => JSON.stringify(inputs).includes("PRIVATE KEY"));
        assert.ok(keys.length >= 4);
        for (const { name, type, inputs } of keys) {
            for (const [input, value] of Object.entries(inputs)) {
                assert.ok(
                    isSecret(value) || !JSON.stringify(value).includes("PRIVATE KEY"),
                    `${type} ${name} ${input}`,
                );
            }
        }
        assert.ok(!JSON.stringify(stack.outputs).includes("PRIVATE KEY"));
    });

    it("gives no command what opens or holds the stack's secrets", async () => {
        for (const more of [{}, { injection: "kube-inject" }, { istio: "adopt" }] as Record<
            string,
            string
        >[]) {
            const { resources } = await run<ClusterOutputs>({ config: { ...config, ...more } });
            const commands = resources.filter(({ type }) => type === "command:local:Command");
            assert.ok(commands.length >= 4);
            for (const { name, inputs } of commands) {
                const environment = inputs["environment"] as Record<string, string>;
                for (const variable of engineSecrets) {
                    assert.equal(environment[variable], "", `${name} ${variable}`);
                }
            }
        }
    });

    it("makes the CA and installs nothing with deploy: false", async () => {
        const stack = await run<ClusterOutputs>({ config: { role: "standalone", deploy: "false" } });
        assert.deepEqual([...new Set(stack.resources.map(({ type }) => type.split(":").at(-1)))].sort(), [
            "CertRequest",
            "IntermediateCa",
            "IntermediateCertificate",
            "LocallySignedCert",
            "PrivateKey",
            "RootCa",
            "SelfSignedCert",
        ]);
        assert.deepEqual(Object.keys(stack.outputs.files!), [
            "ca-cert.pem",
            "cert-chain.pem",
            "root-cert.pem",
        ]);
    });

    it("installs and verifies no workloads if they are off", async () => {
        const stack = await run({ config: { ...config, workloads: "false" } });
        assert.ok(!stack.resources.some(({ type }) => type.endsWith(":SampleWorkloads")));
        const { stdin } = stack.find("command:local:Command", "verification-handshakes").inputs;
        assert.equal((JSON.parse(stdin as string) as { workloads: boolean }).workloads, false);
    });

    it("leaves out of the verification what the setting names, and does not mention an empty one", async () => {
        const input = async (settings: Record<string, string>) => {
            const stack = await run({ config: { ...config, ...settings } });
            const { stdin } = stack.find("command:local:Command", "verification-handshakes").inputs;
            return JSON.parse(stdin as string) as { exclude?: string[] };
        };
        assert.deepEqual((await input({ verificationExclude: '["foo/legacy-*"]' })).exclude, [
            "foo/legacy-*",
        ]);
        // Otherwise an `up` that changes nothing would verify every mesh again.
        assert.ok(!("exclude" in (await input({}))));
        await assert.rejects(
            input({ verificationExclude: '["*/*"]' }),
            /verificationExclude.*"?\*\/\*"?.*set verification to false/s,
        );
    });

    it("verifies nothing if that is off", async () => {
        const stack = await run({ config: { ...config, verification: "false" } });
        assert.ok(!stack.resources.some(({ type }) => type.endsWith(":MeshVerification")));
    });

    it("injects by istioctl kube-inject if the setting says so", async () => {
        const stack = await run({ config: { ...config, injection: "kube-inject" } });
        assert.ok(!stack.resources.some(({ type }) => type === "kubernetes:apps/v1:Deployment"));
        const { stdin } = stack.find("command:local:Command", "samples-sleep").inputs;
        assert.equal((JSON.parse(stdin as string) as { kind: string }).kind, "Deployment");
        const { metadata } = stack.find("kubernetes:core/v1:Namespace", "samples-namespace").inputs;
        assert.deepEqual((metadata as { labels: object }).labels, {});
    });

    it("previews with what is not known yet", async () => {
        const stack = await run<ClusterOutputs>({ config, preview: true });
        assert.ok(stack.resources.some(({ type }) => type.endsWith(":MeshVerification")));
    });
});

describe("A root stack", () => {
    const config = { role: "root", clusters: '["cluster1","cluster2"]' };

    it("signs for the clusters that asked", async () => {
        const stack = await run<RootOutputs>({
            stack: "root",
            config,
            stacks: { [self]: { csr: { generation: 3, pem: await csr(await newKey()) } } },
        });
        assert.deepEqual(Object.keys(stack.outputs.certificates), ["cluster1"]);
        assert.equal(stack.outputs.certificates["cluster1"]?.generation, 3);
        const signing = stack.find("tls:index/locallySignedCert:LocallySignedCert", "cluster1-cert");
        assert.equal(signing.inputs["validityPeriodHours"], 8760);
        assert.equal(signing.inputs["earlyRenewalHours"], 2160);
        assert.equal(
            stack.outputs.root.fingerprint,
            Certificate.all(stack.outputs.trustBundle)[0]!.fingerprint,
        );
    });

    it("has a command sign again if the last certificate expires soon, and only then", async () => {
        const ca = await rootCa();
        const certificate = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "root-")), "root.pem");
        fs.writeFileSync(certificate, ca.pem);
        const renewals = async (age: number) => {
            const pem = await issued(await newKey(), ca, { age });
            const stack = await run<RootOutputs>({
                stack: "root",
                config: { ...config, rootCertificate: certificate, signCommand: "sign" },
                stacks: {
                    [self]: { csr: { generation: 1, pem: await csr(await newKey()) } },
                    [root]: { certificates: { cluster1: { generation: 1, pem, renewals: 2 } } },
                },
            });
            const { environment, stdin } = stack.find("command:local:Command", "cluster1-sign").inputs;
            assert.ok(isSecret((environment as Record<string, unknown>)["SIGN_COMMAND"]));
            assert.equal((JSON.parse(stdin as string) as { validityDays: number }).validityDays, 365);
            return stack.outputs.certificates["cluster1"]!.renewals;
        };
        assert.equal(await renewals(365 - 91), 2);
        assert.equal(await renewals(365 - 89), 3);
        fs.rmSync(path.dirname(certificate), { recursive: true });
    });

    it("replaces its root step by step and refuses to jump", async () => {
        const [ca, next] = [await rootCa(), await rootCa()];
        const facts = (pem: string) => ({ fingerprint: Certificate.all(pem)[0]!.fingerprint });
        const intermediate = await issued(await newKey(), ca);
        const pem = await csr(await newKey());
        const change = (
            roots: string[],
            signingRoot: string,
            trusted: string,
            signed = intermediate,
            settings: Record<string, string> = {},
        ) =>
            run<RootOutputs>({
                stack: "root",
                config: { ...config, roots: JSON.stringify(roots), signingRoot, ...settings },
                stacks: {
                    [root]: {
                        roots: { root: facts(ca.pem), "root-2": facts(next.pem) },
                        trustBundle: ca.pem + next.pem,
                        certificates: {},
                    },
                    [self]: {
                        csr: { generation: 1, pem },
                        files: { "ca-cert.pem": signed, "cert-chain.pem": signed, "root-cert.pem": trusted },
                    },
                },
                keys: { "root-key": ca.keys, "root-2-key": next.keys },
                certificates: { "root-cert": ca.pem, "root-2-cert": next.pem },
            });
        const both = ca.pem + next.pem;
        await assert.rejects(change(["root", "root-3"], "root-3", both), {
            message: `This \`up\` is refused. Nothing was changed.
root-not-trusted: Root root-3 cannot sign yet: the workloads of cluster1 do not trust it.
    Name it in roots next to the one that signs, leave signingRoot as it was, and bring all clusters up. Take a cluster that is away out of clusters until it is back. \`npm run rotate\` takes all steps of a rotation.
    See docs/refusals.md#root-not-trusted`,
        });
        await assert.rejects(
            change(["root", "root-2"], "root-2", ca.pem),
            refusedBy("root-not-trusted", "Root root-2 cannot sign yet"),
        );
        await assert.rejects(
            change(["root-2"], "root-2", both),
            refusedBy(
                "root-still-used",
                "Root root cannot be removed yet: the CA of cluster1 is signed by it.",
                "Keep it in roots, let signingRoot name the one that is to stay, and bring all clusters up. Take a cluster that is away out of clusters until it is back.",
            ),
        );
        const other = path.join(fs.mkdtempSync(path.join(os.tmpdir(), "other-")), "root.pem");
        fs.writeFileSync(other, (await rootCa()).pem);
        await assert.rejects(
            change(["root"], "root", ca.pem, intermediate, { rootCertificate: other, signCommand: "sign" }),
            refusedBy(
                ["root-still-used", "root-not-trusted"],
                "Root root cannot sign yet: the workloads of cluster1 do not trust it.",
            ),
        );
        fs.rmSync(path.dirname(other), { recursive: true });
        const signing = await change(["root", "root-2"], "root-2", both);
        assert.deepEqual(Object.keys(signing.outputs.roots), ["root", "root-2"]);
        assert.deepEqual(signing.outputs.root, signing.outputs.roots["root-2"]);
        assert.equal(pemBlocks(signing.outputs.trustBundle).length, 2);
        const alone = await change(["root-2"], "root-2", both, await issued(await newKey(), next));
        assert.deepEqual(Object.keys(alone.outputs.roots), ["root-2"]);
    });

    it("refuses a request that names another cluster", async () => {
        const keys = await newKey();
        const pem = await csr(keys, { subject: "O=Istio, L=cluster2, CN=Intermediate CA" });
        await assert.rejects(
            run({ stack: "root", config, stacks: { [self]: { csr: { generation: 1, pem } } } }),
            refusedBy(
                "request-refused",
                "The certificate request of cluster cluster1 was refused, nothing was signed:\n    subject L: found cluster2, only cluster1 is allowed",
                "find out who altered it",
            ),
        );
    });
});

describe("A cluster's stack", () => {
    it("asks for a certificate and waits", async () => {
        const stack = await run<ClusterOutputs>({ config: mesh });
        assert.equal(stack.outputs.status, "CSR exported; waiting for stack root to sign it");
        assert.equal(stack.outputs.csr?.generation, 1);
        assert.ok(!stack.resources.some(({ type }) => type.startsWith("kubernetes:")));
    });

    it("asks again after a destroy, whatever root signed before", async () => {
        const ca = await rootCa();
        const certificates = { cluster1: { generation: 1, pem: await issued(await newKey(), ca) } };
        const stacks = { [root]: { certificates, trustBundle: ca.pem } };
        const stack = await run<ClusterOutputs>({ config: mesh, stacks });
        assert.equal(stack.outputs.status, "CSR exported; waiting for stack root to sign it");
    });

    it("asks for a certificate, has it signed by stack root, and plugs it in with its key", async () => {
        const keys = { "cluster1-1-key": await newKey() };
        const asking = await run<ClusterOutputs>({ config: mesh, keys });
        const asked = { [self]: { csr: asking.outputs.csr } };
        const signing = await run<RootOutputs>({
            stack: "root",
            config: { role: "root", clusters: '["cluster1"]' },
            stacks: asked,
        });
        const { certificates, trustBundle } = signing.outputs;
        const stacks = { ...asked, [root]: { certificates, trustBundle } };
        const stack = await run<ClusterOutputs>({ config: mesh, stacks, keys });
        const { outputs } = stack;
        assert.equal(outputs.status, "CA signed");
        assert.equal(outputs.ca?.generation, 1);
        assert.equal(outputs.root?.fingerprint, signing.outputs.root.fingerprint);
        const { stringData } = stack.find("kubernetes:core/v1:Secret", "cacerts-secret").inputs;
        const plugged = (stringData as { value: Record<string, string> }).value;
        const file = (name: string) => plugged[name]!;
        assert.equal(file("ca-cert.pem"), certificates["cluster1"]!.pem);
        assert.ok(file("root-cert.pem").includes(trustBundle));
        assert.ok(
            Certificate.all(file("ca-cert.pem"))[0]!.node.checkPrivateKey(privateKeyOf(file("ca-key.pem"))),
        );
    });

    it("keeps the key that is signed along with the one that it asks for", async () => {
        const [ca, keys] = [await rootCa(), await newKey()];
        const certificates = { cluster1: { generation: 1, pem: await issued(keys, ca) } };
        const stack = await run<ClusterOutputs>({
            config: { ...mesh, generation: "2" },
            stacks: { [self]: { csr: { generation: 1 } }, [root]: { certificates, trustBundle: ca.pem } },
            keys: { "cluster1-1-key": keys },
        });
        assert.equal(stack.outputs.status, "waiting for generation 2");
        assert.equal(stack.outputs.ca?.generation, 1);
        assert.equal(stack.outputs.csr?.generation, 2);
        stack.find("tls:index/privateKey:PrivateKey", "cluster1-2-key");
    });

    it("continues with what an outside signer gave for its key, and otherwise waits or refuses", async () => {
        const ca = await rootCa();
        const keys = await newKey();
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "outside-"));
        const put = (name: string, text: string) => {
            fs.writeFileSync(path.join(folder, name), text);
            return path.join(folder, name);
        };
        const outside = { ...mesh, signer: "outside" };
        const waiting = await run<ClusterOutputs>({ config: outside });
        assert.equal(waiting.outputs.status, "CSR exported; waiting for the outside signer to sign it");
        const stacks = { [self]: { csr: { generation: 1, pem: await csr(keys) } } };
        const config = (certificate: string) => ({
            ...outside,
            certificate: put("certificate.pem", certificate),
            trustBundle: put("roots.pem", ca.pem),
        });
        const other = await issued(await newKey(), ca, {
            subject: "O=Istio, L=cluster2, CN=Intermediate CA",
        });
        const found = Certificate.all(other)[0]!.fingerprint;
        await assert.rejects(
            run({ config: config(other), stacks }),
            refusedBy(
                "key-mismatch",
                `The certificate ${found} (O=Istio, L=cluster2, CN=Intermediate CA) in the file that the setting certificate names`,
                "Have the request of cluster1 signed: `npm run csr -- cluster1` prints it.",
            ),
        );
        const live = { ca: { fingerprint: "aa:bb", generation: 1 }, csr: stacks[self].csr };
        await assert.rejects(
            run({ config: outside, stacks: { [self]: live } }),
            refusedBy(
                "certificate-withdrawn",
                "The settings certificate and trustBundle are empty, but the CA aa:bb is plugged in.",
                "Set them to the files of the outside signer again, or take this mesh down by `pulumi destroy`.",
            ),
        );
        const right = { config: config(await issued(keys, ca)), stacks, keys: { "cluster1-1-key": keys } };
        assert.equal((await run<ClusterOutputs>(right)).outputs.status, "CA signed");
        fs.rmSync(folder, { recursive: true });
    });

    it("is refused if its CA expires soon and somebody should have renewed it, and never otherwise", async () => {
        const [ca, keys] = [await rootCa(), await newKey()];
        const near = async (config: Record<string, string>, age: number, renewed: number | undefined) => {
            const pem = await issued(keys, ca, { age });
            const notAfter = Certificate.all(pem)[0]!.notAfter.getTime();
            const renewFrom = renewed && new Date(notAfter - renewed * 86_400_000).toISOString();
            const certificates = { cluster1: { generation: 1, pem, renewFrom } };
            const stacks = {
                [self]: { csr: { generation: 1, pem: await csr(keys) } },
                [root]: { certificates, trustBundle: ca.pem },
            };
            const held = { "cluster1-1-key": keys };
            return run<ClusterOutputs>({ config: { ...mesh, ...config }, stacks, keys: held });
        };
        await assert.rejects(
            near({}, 336, 90),
            refusedBy(
                "ca-expires-soon",
                /The certificate of cluster cluster1 expires .*Z, in 28 days, and nothing is about to take its place\./,
                "`pulumi up --stack root` renews it. Setting expiryGuardDays to 0 lets this pass.",
            ),
        );
        await assert.rejects(
            near({}, 336, undefined),
            refusedBy(
                "ca-expires-soon",
                "Nobody renews it: `pulumi config set generation 2 --stack cluster1` and `npm run up` give it",
            ),
        );
        for (const [config, age, window] of [
            [{}, 330, 90],
            [{ expiryGuardDays: "0" }, 336, 90],
            // Root does not renew it yet.
            [{ expiryGuardDays: "120" }, 300, 30],
            // The remedies, taken.
            [{ generation: "2" }, 336, undefined],
            [{}, 0, 90],
        ] as const) {
            const { status } = (await near(config, age, window)).outputs;
            assert.match(status, /^CA signed|waiting for generation 2$/);
        }
    });

    it("is refused if its workloads and a peer's would reject each other", async () => {
        const [ours, theirs, keys] = [await rootCa(), await rootCa(), await newKey()];
        const intermediate = await issued(keys, ours);
        const peer = (pem: string, roots: string) => ({
            files: { "ca-cert.pem": pem, "cert-chain.pem": pem, "root-cert.pem": roots },
        });
        const foreign = peer(await issued(await newKey(), theirs), theirs.pem);
        const stacks = (outputs: object) => ({
            [self]: { csr: { generation: 1 } },
            [root]: {
                certificates: { cluster1: { generation: 1, pem: intermediate } },
                trustBundle: ours.pem,
            },
            "organization/istio-plugin-ca/cluster2": outputs as Record<string, unknown>,
        });
        const config = { ...mesh, peers: '["cluster2"]' };
        await assert.rejects(
            run({ config, stacks: stacks(foreign) }),
            refusedBy(
                "peers-reject",
                "The workloads of stack cluster2 would reject those of cluster cluster1: ",
                "The workloads of cluster cluster1 would reject those of stack cluster2: ",
                "Give all clusters of the mesh a trust bundle",
            ),
        );
        const trusting = peer(await issued(await newKey(), ours), ours.pem + theirs.pem);
        const held = { "cluster1-1-key": keys };
        for (const accepted of [trusting, {}]) {
            const stack = await run<ClusterOutputs>({ config, stacks: stacks(accepted), keys: held });
            assert.equal(stack.outputs.status, "CA signed");
        }
    });

    it("never gives up a CA that is plugged in", async () => {
        const live = { ca: { fingerprint: "aa:bb", generation: 1 } };
        await assert.rejects(
            run({ config: mesh, stacks: { [self]: live } }),
            refusedBy(
                "certificate-withdrawn",
                "Stack root no longer holds a certificate for cluster cluster1, whose CA aa:bb is plugged in.",
                "Name cluster1 in its setting clusters",
            ),
        );
    });

    it("never goes back to a generation whose key is gone", async () => {
        const ca = await rootCa();
        const certificates = { cluster1: { generation: 2, pem: await issued(await newKey(), ca) } };
        const live = { csr: { generation: 2 }, ca: { fingerprint: "aa:bb", generation: 2 } };
        await assert.rejects(
            run({ config: mesh, stacks: { [self]: live, [root]: { certificates, trustBundle: ca.pem } } }),
            refusedBy(
                "generation-gone",
                "The setting generation is 1, but generation 2 is plugged in",
                "Set generation to 2, or to 3 for a new key.",
            ),
        );
    });

    it("never trusts a root other than the live one", async () => {
        const ca = await rootCa();
        const certificates = { cluster1: { generation: 1, pem: await issued(await newKey(), ca) } };
        const live = {
            csr: { generation: 1 },
            ca: { fingerprint: "aa:bb", generation: 1 },
            root: { fingerprint: "cc:dd" },
        };
        const found = Certificate.all(ca.pem)[0]!.fingerprint;
        await assert.rejects(
            run({ config: mesh, stacks: { [self]: live, [root]: { certificates, trustBundle: ca.pem } } }),
            refusedBy(
                "root-still-used",
                `The trust bundle of stack root is ${found} and lacks the root cc:dd of the CA that is plugged in.`,
                "if the old root is gone for good, `pulumi config set previousCa istio-system/cacerts --stack cluster1` and `npm run migrate -- cluster1`",
            ),
        );
    });
});

async function rootCa() {
    const keys = await newKey();
    return { keys, pem: await selfSigned(keys) };
}
