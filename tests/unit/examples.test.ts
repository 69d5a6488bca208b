import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { KubeConfig } from "@kubernetes/client-node";
import { execa } from "execa";
import { Certificate } from "../../pki/certificate";
import { csr, KeyPair, newKey, privatePem, selfSigned, signedAsAsked } from "../pki";
import { runExample } from "./support/examples";
import { isSecret } from "./support/mocks";
import { inTemporaryFolder } from "./support/temporary";

const where = { kubeconfig: "none", context: "c1" };

describe("examples/cloud-clusters", () => {
    const server = "https://c.example";
    const kubeconfig = (context: string) =>
        JSON.stringify({
            clusters: [{ name: context, cluster: { server } }],
            contexts: [{ name: context, context: { cluster: context, user: context } }],
            users: [{ name: context, user: {} }],
            "current-context": context,
        });
    const stacks = {
        "me/eks/prod": { kubeconfig: kubeconfig("aws") },
        "me/gke/prod": { name: "g", endpoint: "c.example", clusterCaCertificate: btoa("a CA") },
        "me/aks/prod": { kubeconfig: btoa(kubeconfig("aks-prod")) },
    };
    const clusters = Object.fromEntries(
        Object.keys(stacks).map((stack) => [
            stack.replace("me/", "").replace("/", "-"),
            { cloud: stack.split("/")[1], stack },
        ]),
    );

    it("installs Istio below one root where the clusters' stacks say, by files that only the user can read", () =>
        inTemporaryFolder(async (dir) => {
            const config = { clusters: JSON.stringify(clusters) };
            const found = await runExample("cloud-clusters", dir, { config, stacks });
            const contexts = { "eks-prod": "aws", "gke-prod": "g", "aks-prod": "aks-prod" };
            for (const [cluster, context] of Object.entries(contexts)) {
                const file = path.join("kubeconfigs", `${cluster}.yaml`);
                const { environment } = found.find(
                    "command:local:Command",
                    `${cluster}-istio-istioctl`,
                ).inputs;
                const { KUBECONFIG, KUBE_CONTEXT } = environment as Record<string, string>;
                assert.deepEqual([KUBECONFIG, KUBE_CONTEXT], [file, context]);
                const { inputs } = found.find("pulumi:providers:kubernetes", cluster);
                assert.deepEqual([inputs["kubeconfig"], inputs["context"]], [file, context]);
                assert.equal(fs.statSync(path.join(dir, file)).mode & 0o777, 0o600);
                const read = new KubeConfig();
                read.loadFromFile(path.join(dir, file));
                assert.equal(read.getCurrentCluster()?.server, server);
            }
            assert.equal(found.resources.filter(({ type }) => type.endsWith(":RootCa")).length, 1);
            assert.deepEqual(found.outputs["verdicts"], {
                "eks-prod": "passed",
                "gke-prod": "passed",
                "aks-prod": "passed",
            });
        }));
});

describe("examples/outside-signers", () => {
    let root: { keys: KeyPair; pem: string };

    before(async () => {
        const keys = await newKey();
        root = { keys, pem: await selfSigned(keys) };
    });

    /** What each signer's command line does with its arguments; $REQUEST is where it puts the request that it got. */
    const programs = {
        "step-ca": { step: `cp "$3" "$REQUEST"; cp "$ANSWER" "$4"` },
        vault: { vault: `cat > "$REQUEST"; cat "$ANSWER"` },
        "aws-private-ca": {
            aws: `case "$2" in
issue-certificate) cp "\${6#fileb://}" "$REQUEST"; echo arn:issued ;;
get-certificate) cat "$ANSWER" ;;
esac`,
        },
    };

    const answers: Record<keyof typeof programs, (certificate: string) => string> = {
        "step-ca": (certificate) => certificate + root.pem,
        vault: (certificate) => JSON.stringify({ data: { certificate, ca_chain: [root.pem] } }),
        "aws-private-ca": (certificate) =>
            JSON.stringify({ Certificate: certificate, CertificateChain: root.pem }),
    };

    const asked: Record<keyof typeof programs, RegExp[]> = {
        "step-ca": [
            /^ca sign \S+ \S+ --not-after 720h --provisioner mesh --provisioner-password-file step-password$/,
        ],
        vault: [
            /^write -format=json pki\/root\/sign-intermediate csr=- use_csr_values=true max_path_length=0 ttl=720h$/,
        ],
        "aws-private-ca": [
            /^acm-pca issue-certificate --certificate-authority-arn arn:ca --csr fileb:\S+ --template-arn \S+SubordinateCACertificate_PathLen0\/V1 --signing-algorithm SHA384WITHECDSA --validity Value=30,Type=DAYS /,
            /^acm-pca wait certificate-issued --certificate-authority-arn arn:ca --certificate-arn arn:issued$/,
            /^acm-pca get-certificate .*--certificate-arn arn:issued --output json$/,
        ],
    };

    for (const [signer, commands] of Object.entries(programs) as [keyof typeof programs, object][]) {
        it(`plugs in what ${signer} signs, asked by its own command line`, () =>
            inTemporaryFolder(async (dir) => {
                fs.writeFileSync(path.join(dir, "root-cert.pem"), root.pem);
                const [name, body] = Object.entries(commands)[0] as [string, string];
                const log = path.join(dir, "arguments");
                fs.writeFileSync(path.join(dir, name), `#!/bin/sh\necho "$@" >> "${log}"\n${body}\n`, {
                    mode: 0o755,
                });
                const [request, answer] = ["request", "answer"].map((each) => path.join(dir, each));
                const sign = async ({ create, stdin, environment }: Record<string, unknown>) => {
                    const certificate = await signedAsAsked(String(stdin), root);
                    fs.writeFileSync(answer!, answers[signer](certificate));
                    const env = { ...(environment as object), REQUEST: request!, ANSWER: answer! };
                    const path_ = `${dir}:${process.env["PATH"]}`;
                    const run = { env: { ...env, PATH: path_ }, input: String(stdin), cwd: dir };
                    const { stdout } = await execa("sh", ["-c", String(create)], run);
                    assert.equal(fs.readFileSync(request!, "utf8"), stdin);
                    return stdout;
                };
                const config = { ...where, signer, validityDays: "30", awsCaArn: "arn:ca" };
                const commandsOf = { "c1-sign": sign };
                const found = await runExample("outside-signers", dir, { config, commands: commandsOf });
                const lines = fs.readFileSync(log, "utf8").trim().split("\n");
                assert.equal(lines.length, asked[signer].length);
                asked[signer].forEach((pattern, index) => assert.match(lines[index]!, pattern));
                const { "ca-cert.pem": caCert, "root-cert.pem": rootCert } = found.outputs["files"] as Record<
                    string,
                    string
                >;
                assert.ok(Certificate.all(caCert!)[0]!.issuedBy(Certificate.all(rootCert!)[0]!));
                assert.ok(
                    isSecret(found.find("kubernetes:core/v1:Secret", "cacerts-secret").inputs["stringData"]),
                );
            }));
    }
});

describe("examples/ca-only", () => {
    it("makes the CA and plugs it in, with the default provider", () =>
        inTemporaryFolder(async (dir) => {
            const found = await runExample("ca-only", dir, {});
            const files = found.outputs["files"] as Record<string, string>;
            const [ca, root] = ["ca-cert.pem", "root-cert.pem"].map(
                (name) => Certificate.all(files[name]!)[0]!,
            );
            assert.ok(ca!.issuedBy(root!));
            assert.ok(
                isSecret(found.find("kubernetes:core/v1:Secret", "cacerts-secret").inputs["stringData"]),
            );
        }));
});

describe("examples/cert-manager", () => {
    it("plugs in the CA of the Secret, whose key stays secret", () =>
        inTemporaryFolder(async (dir) => {
            const [rootKey, key] = [await newKey(), await newKey()];
            const root = { keys: rootKey, pem: await selfSigned(rootKey) };
            const certificate = await signedAsAsked(await csr(key), root);
            const keyPem = await privatePem(key);
            const texts = { "tls.crt": certificate, "tls.key": keyPem, "ca.crt": root.pem };
            const data = Object.fromEntries(Object.entries(texts).map(([name, text]) => [name, btoa(text)]));
            const objects = { "mesh-ca": { data } };
            const found = await runExample("cert-manager", dir, { config: where, objects });
            const files = found.outputs["files"] as Record<string, string>;
            assert.equal(
                Certificate.all(files["ca-cert.pem"]!)[0]!.fingerprint,
                Certificate.all(certificate)[0]!.fingerprint,
            );
            assert.ok(
                isSecret(found.find("kubernetes:core/v1:Secret", "cacerts-secret").inputs["stringData"]),
            );
            assert.equal(found.outputs["verdict"], "passed");
        }));
});

describe("examples/kube-prometheus-stack", () => {
    it("has the stack's Prometheus scrape the mesh and alert, by the label of its release", () =>
        inTemporaryFolder(async (dir) => {
            const pem = await selfSigned(await newKey());
            const stacks = { "me/mesh/dev": { files: { "ca-cert.pem": pem, "root-cert.pem": pem } } };
            const config = { ...where, mesh: "me/mesh/dev" };
            const found = await runExample("kube-prometheus-stack", dir, { config, stacks });
            const objects = found.resources.filter(({ type }) => type.startsWith("kubernetes:monitoring"));
            assert.deepEqual(objects.map(({ type }) => type.split(":").at(-1)).sort(), [
                "PodMonitor",
                "PrometheusRule",
                "ServiceMonitor",
            ]);
            for (const { inputs } of objects) {
                const { namespace, labels } = inputs["metadata"] as Record<string, unknown>;
                assert.deepEqual([namespace, labels], ["monitoring", { release: "kube-prometheus-stack" }]);
            }
        }));
});

describe("examples/argo-cd", () => {
    it("gives Istio to Argo CD, which leaves the CA and its namespace to Pulumi", () =>
        inTemporaryFolder(async (dir) => {
            const config = { ...where, charts: "https://charts.example", istioVersion: "1.31.0" };
            const found = await runExample("argo-cd", dir, { config });
            const applications = found.resources.filter(({ type }) => type.endsWith(":Application"));
            assert.deepEqual(
                applications.map(({ name }) => name),
                ["argo-base", "argo-istiod"],
            );
            const text = JSON.stringify(applications.map(({ inputs }) => inputs["spec"]));
            assert.doesNotMatch(text, /CreateNamespace|cacerts|CERTIFICATE/);
            assert.match(text, /clientConfig\.caBundle/);
            assert.match(text, /RespectIgnoreDifferences=true/);
            const namespace = found.resources.filter(({ type }) => type === "kubernetes:core/v1:Namespace");
            assert.equal(namespace.length, 1);
            assert.equal(found.outputs["verdict"], "passed");
        }));
});
