import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { migrate } from "../../cli/migrate";
import { Project } from "../../cli/project";
import { DetailedError, runTasks } from "../../cli/tasks";
import { up } from "../../cli/walk";
import { httpbin, Sample, sleep } from "../../components/samples";
import * as clusters from "../../local/clusters";
import { kubeconfigPath } from "../../local/paths";
import { onLocalCluster } from "../../local/project";
import { fingerprint, parseCertificates } from "../../pki/certificates";
import { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { Cluster } from "../../verify/cluster";
import { ProbePod } from "../../verify/probePod";
import { verifyMesh } from "../../verify/verification";
import { readInput } from "../../verify/input";
import * as workloads from "../../verify/workloads";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";
import { Load } from "./load";

/** One under the CA that istiod made for itself; one under somebody's cacerts, below the same root. */
const selfSigned = "mig1";
const plugged = "mig2";
const names = [selfSigned, plugged];

const { istioSet } = onLocalCluster(selfSigned, {}) as { istioSet: string[] };
const flags = [
    "values.pilot.env.ISTIO_MULTIROOT_MESH=true",
    "meshConfig.defaultConfig.proxyMetadata.PROXY_CONFIG_XDS_AGENT=true",
];

describe("A live mesh that moves to this project's CA, under load", function () {
    this.timeout("30m");
    let project: Project;
    let load: Load;
    let dir: string;

    before(async () => {
        await freshClusters(names);
        project = await freshProject("migration", settings({}, {}));
        dir = project.dir;
        await istioctlInstall(selfSigned, []);
        await somebodysCacerts();
        await istioctlInstall(plugged, flags);
        await Promise.all([
            apply(selfSigned, [...samples(2, {}, followsAtOnce), newConnections]),
            apply(plugged, samples(1, {}, {})),
        ]);
        await Promise.all(names.map(deployed));
        const other = await podIp(plugged);
        await apply(selfSigned, [remote(other)]);
        load = await Load.start(selfSigned, {
            rate: 25,
            servers: ["httpbin:8000", `${other}:8080`],
        });
    });

    after(() => clusters.down(names));

    it("takes no plain up", async () => {
        const { output } = await refusedUp();
        assert.match(
            output,
            /Nothing was changed\.\n +Cluster mig1 has a live mesh: istiod signs with O=cluster\.local/,
        );
        assert.match(output, /from Secret istio-system\/istio-ca-secret, and its workloads trust/);
        assert.match(output, /`npm run migrate -- mig1` moves the mesh/);
        assert.equal(
            await kubectl(selfSigned, "get", "secret", "cacerts", "-n", "istio-system", "--ignore-not-found"),
            "",
        );
    });

    it("is not one of somebody else's that cannot change its trust", async () => {
        await changeSettings(project, settings({ istio: "external" }, {}));
        const { exitCode, output } = await pulumi(project, selfSigned, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /without values\.pilot\.env\.ISTIO_MULTIROOT_MESH=true and without meshConfig\.defaultConfig/,
        );
    });

    it("waits for proxies that cannot follow, and names them", async () => {
        await changeSettings(project, settings({ istio: "adopt" }, { istio: "external" }));
        const questions: string[] = [];
        const ask = (question: string) => Promise.resolve(questions.push(question) > 0);
        await assert.rejects(
            () => move({ ask, limitSeconds: 20 }),
            ({ message }: Error) => {
                const told = message.replace(/\s+/g, " ");
                assert.match(told, /foo\/httpbin-\S+ trusts .*, and started without PROXY_CONFIG_XDS_AGENT/);
                assert.doesNotMatch(told, /foo\/sleep/);
                return true;
            },
        );
        assert.match(questions[0]!, /Step 1 of 3: Trust own beside former\. Go on\?$/);
        assert.equal(questions.length, 1);
    });

    it("goes on where it was, and stops where it is told to", async () => {
        const questions: string[] = [];
        const ask = (question: string) => Promise.resolve(questions.push(question) === 1);
        await move({ ask, restart: true });
        assert.deepEqual(
            questions.map((question) => /Step.*$/.exec(question)![0]),
            ["Step 1 of 2: Sign with own. Go on?", "Step 2 of 2: Trust own alone. Go on?"],
        );
        const { root } = await outputs<RootOutputs>(project, "root");
        for (const name of names) {
            const { root: signing, formerCa } = await outputs<ClusterOutputs>(project, name);
            assert.deepEqual(signing, root);
            assert.deepEqual(await trusted(name), [formerRoot(), root.fingerprint].sort());
            assert.ok(formerCa);
        }
        assert.equal(await formerIsRefused(), false);
    });

    it("comes back", async () => {
        await move({ back: true });
        for (const name of names) {
            assert.deepEqual(await trusted(name), [formerRoot()]);
        }
    });

    it("takes no step over another by a plain up", async () => {
        const stack = await project.open(selfSigned);
        await stack.setAllConfig({ "istio-plugin-ca:roots[0]": { value: "own" } }, true);
        await stack.setConfig("istio-plugin-ca:signingRoot", { value: "own" });
        const { exitCode, output } = await pulumi(project, selfSigned, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /lacks the root .* of the CA that is plugged in: .* Nothing was changed\. `npm run migrate/,
        );
        await stack.setAllConfig({ "istio-plugin-ca:roots[0]": { value: "former" } }, true);
        await stack.setConfig("istio-plugin-ca:signingRoot", { value: "former" });
    });

    it("stands under the new CA alone at the end, and refuses the former one", async () => {
        await move();
        const { root } = await outputs<RootOutputs>(project, "root");
        for (const name of names) {
            assert.deepEqual(await trusted(name), [root.fingerprint]);
            assert.deepEqual((await outputs<ClusterOutputs>(project, name)).root, root);
            const same = await pulumi(project, name, "preview", "--expect-no-changes");
            assert.equal(same.exitCode, 0, same.output);
        }
        assert.equal(await formerIsRefused(), true);
        const { files } = await outputs<ClusterOutputs>(project, selfSigned);
        const input = { kubeconfig: kubeconfigPath, context: selfSigned, workloads: true, limitSeconds: 60 };
        const report = await verifyMesh(
            readInput({ ...input, rootCert: files!["root-cert.pem"], caCert: files!["ca-cert.pem"] }),
        );
        assert.equal(report.verdict, "passed", JSON.stringify(report));
        assert.match(
            await kubectl(selfSigned, "get", "secrets", "-n", "istio-system", "-o", "name"),
            /istio-ca-secret/,
        );
        const kept = [
            "get",
            "secret",
            "cacerts-former",
            "-n",
            "istio-system",
            "-o",
            "jsonpath={.data.tls\\.key}",
        ];
        const key = Buffer.from(await kubectl(plugged, ...kept), "base64").toString();
        assert.ok(key === fs.readFileSync(path.join(dir, "theirs-key.pem"), "utf8"));
    });

    it("cost not one request, in the cluster and between the two", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify(outcome)}`);
        assert.ok(outcome.requests > 1000 && outcome.streams > 4, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
    });

    it("leaves what it found when it is destroyed", async () => {
        for (const name of names) {
            const { exitCode, output } = await pulumi(project, name, "destroy", "--yes", "--skip-preview");
            assert.equal(exitCode, 0, output);
        }
        const left = ["get", "secrets,deployments", "-n", "istio-system", "-o", "name"];
        assert.match(await kubectl(selfSigned, ...left), /istio-ca-secret/);
        assert.match(
            await kubectl(plugged, ...left),
            /secret\/cacerts\n.*secret\/cacerts-former\n.*deployment.apps\/istiod/s,
        );
        assert.doesNotMatch(await kubectl(selfSigned, ...left), /istiod|cacerts/);
    });

    /** Tells what a step failed by, which stands beneath the list of tasks. */
    async function move(options: Parameters<typeof migrate>[2] = {}) {
        try {
            await migrate(project, names, options);
        } catch (error) {
            throw error instanceof DetailedError ? new Error(error.details) : error;
        }
    }

    function settings(one: object, other: object) {
        const cluster = { role: "cluster", workloads: false };
        return {
            root: { role: "root", clusters: names },
            [selfSigned]: onLocalCluster(selfSigned, { ...cluster, ...one }),
            [plugged]: onLocalCluster(plugged, { ...cluster, ...other }),
        };
    }

    /** The clusters ask, root signs, and the first refuses to plug in. */
    async function refusedUp() {
        await assert.rejects(() => runTasks(up(project, project.stacks()), "silent"));
        const outcome = await pulumi(project, selfSigned, "up", "--yes", "--skip-preview");
        assert.notEqual(outcome.exitCode, 0);
        return outcome;
    }

    async function istioctlInstall(context: string, set: string[]) {
        const values = ["profile=demo", ...istioSet, ...set].flatMap((value) => ["--set", value]);
        const where = ["--kubeconfig", kubeconfigPath, "--context", context];
        await execa("istioctl", ["install", "--skip-confirmation", ...where, ...values]);
    }

    /** In the form that cert-manager writes, below the CA that the other cluster's istiod made. */
    async function somebodysCacerts() {
        for (const [file, name] of [
            ["former.pem", "ca-cert\\.pem"],
            ["former-key.pem", "ca-key\\.pem"],
        ] as const) {
            const args = [
                "get",
                "secret",
                "istio-ca-secret",
                "-n",
                "istio-system",
                "-o",
                `jsonpath={.data.${name}}`,
            ];
            write(file, Buffer.from(await kubectl(selfSigned, ...args), "base64").toString());
        }
        await issue(
            "theirs",
            "/O=Somebody",
            "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign",
        );
        await kubectl(plugged, "create", "namespace", "istio-system");
        const files = ["tls.crt=theirs.pem", "tls.key=theirs-key.pem", "ca.crt=former.pem"];
        const sources = files.map((each) => `--from-file=${each.replace("=", `=${dir}/`)}`);
        await kubectl(plugged, "create", "secret", "generic", "cacerts", "-n", "istio-system", ...sources);
    }

    /** A certificate that the former root signs. */
    async function issue(name: string, subject: string, extensions: string) {
        write(`${name}.ext`, extensions.replaceAll("\\n", "\n"));
        const openssl = (...args: string[]) => execa("openssl", args, { cwd: dir });
        const key = ["-newkey", "rsa:2048", "-nodes", "-keyout", `${name}-key.pem`];
        await openssl("req", ...key, "-subj", subject, "-out", `${name}.csr`);
        const signer = [
            "-CA",
            "former.pem",
            "-CAkey",
            "former-key.pem",
            "-days",
            "30",
            "-extfile",
            `${name}.ext`,
        ];
        await openssl("x509", "-req", "-in", `${name}.csr`, ...signer, "-out", `${name}.pem`);
    }

    /** What httpbin says to a client with a certificate of the former CA, and sleep's identity in it. */
    async function formerIsRefused(): Promise<boolean> {
        const identity = "subjectAltName=critical,URI:spiffe://cluster.local/ns/foo/sa/sleep";
        await issue("client", "/", `${identity}\nextendedKeyUsage=clientAuth`);
        const pem = ["client.pem", "client-key.pem"].map((file) =>
            fs.readFileSync(path.join(dir, file), "utf8"),
        );
        const cluster = await Cluster.connect(kubeconfigPath, selfSigned);
        const { server, client } = await workloads.readWorkloads(cluster, "foo");
        const pod = await ProbePod.create(cluster, "foo", client!.spec!.template.spec!, 60);
        try {
            await until(() => pod.ping());
            const context = {
                cluster,
                namespace: "foo",
                trustDomain: "cluster.local",
                expected: { caCert: undefined as never, roots: [] },
                server: server!,
                client: client!,
            };
            const { checks } = await workloads.observeForeignClient(context, pod, pem.join(""));
            console.log(`      a client of the former CA: ${checks[0]!.observed}`);
            return checks.every(({ ok }) => ok);
        } finally {
            await pod.delete();
        }
    }

    /** The roots that the workloads' namespace was given. */
    async function trusted(context: string): Promise<string[]> {
        const data = ["-o", "jsonpath={.data.root-cert\\.pem}"];
        const pem = await kubectl(context, "get", "configmap", "istio-ca-root-cert", "-n", "foo", ...data);
        return parseCertificates(pem).map(fingerprint).sort();
    }

    function formerRoot(): string {
        return fingerprint(parseCertificates(fs.readFileSync(path.join(dir, "former.pem"), "utf8"))[0]!);
    }

    function podIp(context: string): Promise<string> {
        const ip = ["-o", "jsonpath={.items[0].status.podIP}"];
        return kubectl(context, "get", "pods", "-n", "foo", "-l", "app=httpbin", ...ip);
    }

    function deployed(context: string): Promise<string> {
        return kubectl(context, "rollout", "status", "deployment", "-n", "foo", "--timeout=180s");
    }

    function write(name: string, text: string) {
        fs.writeFileSync(path.join(dir, name), text, { mode: 0o600 });
    }

    async function apply(context: string, items: object[]) {
        write(`${context}.json`, JSON.stringify({ apiVersion: "v1", kind: "List", items }));
        await kubectl(context, "apply", "-f", path.join(dir, `${context}.json`));
    }
});

async function until(action: () => Promise<unknown>, limitMs = 60_000): Promise<void> {
    for (const deadline = Date.now() + limitMs; ;) {
        try {
            await action();
            return;
        } catch (error) {
            if (Date.now() > deadline) {
                throw error;
            }
        }
    }
}

/** The load must go on, so its proxy is told to follow from the beginning. */
const followsAtOnce = {
    "proxy.istio.io/config": JSON.stringify({ proxyMetadata: { PROXY_CONFIG_XDS_AGENT: "true" } }),
};

/** Istio's samples, of which httpbin goes as gracefully as anything does that restarts under load. */
function samples(replicas: number, ofServer: object, ofClient: object): object[] {
    const namespace = { name: "foo", labels: { "istio-injection": "enabled" } };
    const strict = { mtls: { mode: "STRICT" } };
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: namespace },
        {
            apiVersion: "security.istio.io/v1",
            kind: "PeerAuthentication",
            metadata: { name: "default", namespace: "foo" },
            spec: strict,
        },
        ...workload(httpbin, replicas, ofServer, { preStop: { sleep: { seconds: 10 } } }),
        ...workload(sleep, 1, ofClient, undefined),
    ];
}

function workload(
    sample: Sample,
    replicas: number,
    annotations: object,
    lifecycle: object | undefined,
): object[] {
    const { name, port, targetPort } = sample;
    const metadata = { name, namespace: "foo" };
    const { spec } = sample.deployment("foo");
    const { metadata: labelled, spec: podSpec } = spec.template;
    const containers = podSpec.containers.map((container) => ({
        ...container,
        ...(lifecycle && { lifecycle }),
    }));
    const template = { metadata: { ...labelled, annotations }, spec: { ...podSpec, containers } };
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata,
            spec: { selector: { app: name }, ports: [{ name: "http", port, targetPort }] },
        },
        { apiVersion: "apps/v1", kind: "Deployment", metadata, spec: { ...spec, replicas, template } },
    ];
}

/** The proxies would else keep their connections, and with them the certificates of the past. */
const newConnections = {
    apiVersion: "networking.istio.io/v1",
    kind: "DestinationRule",
    metadata: { name: "new-connections", namespace: "foo" },
    spec: {
        host: "httpbin.foo.svc.cluster.local",
        trafficPolicy: { connectionPool: { http: { maxRequestsPerConnection: 1 } } },
    },
};

/** httpbin of the other cluster, whose pods this one's reach: by mutual TLS, as in one mesh. */
function remote(address: string) {
    return {
        apiVersion: "networking.istio.io/v1",
        kind: "ServiceEntry",
        metadata: { name: "remote", namespace: "foo" },
        spec: {
            hosts: ["httpbin.remote"],
            addresses: [address],
            location: "MESH_INTERNAL",
            resolution: "STATIC",
            ports: [{ name: "http", number: 8080, protocol: "HTTP" }],
            endpoints: [{ address, labels: { "security.istio.io/tlsMode": "istio" } }],
            subjectAltNames: ["spiffe://cluster.local/ns/foo/sa/httpbin"],
        },
    };
}
