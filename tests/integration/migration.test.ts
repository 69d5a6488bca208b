import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { migrate } from "../../operations/migration/migrate";
import { Project } from "../../operations/project/project";
import { up } from "../../operations/up";
import { httpbin, Sample, sleep } from "../../components/samples";
import * as clusters from "../../local/clusters";
import { kubeconfigPath } from "../../local/paths";
import { onLocalCluster } from "../../local/project";
import { changeableTrust, proxyFollows } from "../../pki/changeableTrust";
import { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { verifyMesh } from "../../verify/verification";
import { readInput } from "../../verify/input";
import { Fault, failure } from "./fault";
import { apiServerAway, istiodRestart, killed, struckStep, withoutInput } from "./faults";
import { LeakSearch } from "../leaks";
import { whileThereIsTime } from "../soak/deadline";
import {
    changeSettings,
    freshClusters,
    freshProject,
    kubectl,
    mergeSettings,
    outputs,
    pulumi,
} from "./fixture";
import { secondsToLastMove } from "./following";
import { apply, Load, soaking } from "./load";
import { trustedRoots } from "./samples";
import { StolenCa } from "./stolenCa";

/** One under the CA that istiod made for itself; one under somebody's cacerts, below the same root. */
const selfSigned = "mig1";
const plugged = "mig2";
const names = [selfSigned, plugged];

const { istioSet } = onLocalCluster(selfSigned, {}) as { istioSet: string[] };
const flags = Object.values(changeableTrust);

describe("A live mesh that migrates to this project's CA, under load", function () {
    this.timeout("30m");
    let project: Project;
    let load: Load;
    let dir: string;
    let former: StolenCa;
    /** What was there of each mesh beforehand. */
    const found: Record<string, string[]> = {};
    /** Of each walk and step, how long after its start the last proxy had moved, in seconds. */
    const moved: Record<string, number> = {};

    before(async function () {
        whileThereIsTime(this);
        await freshClusters(names);
        project = await freshProject("migration", settings({}, {}));
        dir = project.dir;
        await istioctlInstall(selfSigned, []);
        former = await StolenCa.from(selfSigned, "istio-ca-secret");
        await somebodysCacerts();
        await istioctlInstall(plugged, flags);
        await Promise.all([
            apply(selfSigned, samples(2, {}, followsAtOnce)),
            apply(plugged, samples(1, {}, {})),
            apply(selfSigned, [virtualService]),
        ]);
        await Promise.all(names.map(deployed));
        for (const name of names) {
            found[name] = await foundOf(name);
        }
        load = await Load.across(selfSigned, plugged);
    });

    after(() => clusters.down(names));

    it("refuses a plain up", async () => {
        const { output } = await refusedUp();
        assert.match(
            output,
            /Nothing was changed\.\n *live-mesh: Cluster mig1 has a live mesh: istiod signs with O=cluster\.local/,
        );
        assert.match(output, /from Secret istio-system\/istio-ca-secret, and its workloads trust/);
        assert.match(output, /`npm run migrate -- mig1` migrates the mesh/);
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

    it("changes nothing if its question meets the end of input, and exits with status 1", async () => {
        await changeSettings(project, settings({ istio: "adopt" }, { istio: "external" }));
        const texts = () =>
            names.map((name) => fs.readFileSync(path.join(dir, "stacks", `Pulumi.${name}.yaml`), "utf8"));
        const before = texts();
        const { exitCode, output } = await withoutInput(project, "migrate", ...names);
        assert.equal(exitCode, 1, output);
        assert.match(output, /Step 1 of 3: Trust both CAs\. Continue\? \(yes\/no\)/);
        assert.deepEqual(texts(), before);
    });

    it("waits for proxies that cannot pick up the CA, and names them", async () => {
        const questions: string[] = [];
        const ask = (question: string) => Promise.resolve(questions.push(question) > 0);
        const told = (await failure(() => move({ ask, limitSeconds: 20 })))!.replace(/\s+/g, " ");
        assert.match(told, /foo\/httpbin-\S+ trusts .*, and started without PROXY_CONFIG_XDS_AGENT/);
        assert.doesNotMatch(told, /foo\/sleep/);
        assert.match(questions[0]!, /Step 1 of 3: Trust both CAs\. Continue\?$/);
        assert.equal(questions.length, 1);
    });

    it("refuses a plain up that skips a step", async () => {
        const file = path.join(dir, "stacks", `Pulumi.${selfSigned}.yaml`);
        const before = fs.readFileSync(file);
        mergeSettings(project, { [selfSigned]: { migration: "trust-own" } });
        const { exitCode, output } = await pulumi(project, selfSigned, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /Nothing was changed\.[^]*lacks the root .* of the CA that is plugged in\.[^]*`npm run migrate/,
        );
        fs.writeFileSync(file, before);
    });

    it("resumes, and stops where the user says so", async () => {
        const questions: string[] = [];
        const ask = (question: string) => Promise.resolve(questions.push(question) === 1);
        const start = Date.now();
        await move({ ask, restart: true });
        moved["trust both, workloads restarted"] = await secondsToLastMove(names, start);
        assert.deepEqual(
            questions.map((question) => /Step.*$/.exec(question)![0]),
            [
                "Step 1 of 2: Sign with the stack's CA. Continue?",
                "Step 2 of 2: Trust the stack's CA alone. Continue?",
            ],
        );
        const { root } = await outputs<RootOutputs>(project, "root");
        for (const name of names) {
            const { root: signing, previousCa } = await outputs<ClusterOutputs>(project, name);
            assert.deepEqual(signing, root);
            assert.deepEqual(await trustedRoots(name), [former.fingerprint, root.fingerprint].sort());
            assert.ok(previousCa);
        }
        assert.equal(await former.answerOf(selfSigned), "answered: HTTP status 200");
    });

    // A soak also undoes the migration, and has faults in every step.
    if (soaking) {
        it("comes back", async () => {
            const start = Date.now();
            await move({ back: true });
            moved["back"] = await secondsToLastMove(names, start);
            for (const name of names) {
                assert.deepEqual(await trustedRoots(name), [former.fingerprint]);
            }
        });

        it("trusts both though an API server is away in the middle", async () => {
            assert.equal(await takeOneStep(await apiServerAway(selfSigned)), "Trust both CAs");
        });

        it("signs with the new one though an istiod restarts in the middle", async () => {
            assert.equal(await takeOneStep(istiodRestart(selfSigned)), "Sign with the stack's CA");
        });
    }

    it("is under the new CA alone at the end, though killed in the last step, and refuses the previous one", async () => {
        const start = Date.now();
        const statement = `require("./operations/migration/migrate").migrate(project, ${JSON.stringify(names)})`;
        await killed(project, statement, selfSigned, () => move());
        await move();
        moved["Trust the stack's CA alone"] = await secondsToLastMove(names, start);
        const { root } = await outputs<RootOutputs>(project, "root");
        for (const name of names) {
            assert.deepEqual(await trustedRoots(name), [root.fingerprint]);
            assert.deepEqual((await outputs<ClusterOutputs>(project, name)).root, root);
            const same = await pulumi(project, name, "preview", "--expect-no-changes");
            assert.equal(same.exitCode, 0, same.output);
        }
        assert.match(await former.answerOf(selfSigned), /^TLS alert: (unknown ca|certificate unknown) /);
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
        const kept = ["get", "secret", "cacerts-former", "-n", "istio-system"];
        const encoded = await kubectl(plugged, ...kept, "-o", "jsonpath={.data.tls\\.key}");
        const key = Buffer.from(encoded, "base64").toString();
        assert.ok(key === fs.readFileSync(path.join(dir, "theirs-key.pem"), "utf8"));
    });

    it("cost not one request, in the cluster and between the two", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify({ ...outcome, moved })}`);
        assert.ok(outcome.requests > 1000 && outcome.streams > 4, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
    });

    it("leaves what it found, and its CA in use, when it is destroyed, adopted or not", async () => {
        for (const name of names) {
            const { exitCode, output } = await pulumi(project, name, "destroy", "--yes", "--skip-preview");
            assert.equal(exitCode, 0, output);
            const left = await foundOf(name);
            assert.deepEqual(
                found[name]!.filter((each) => !left.includes(each)),
                [],
            );
        }
        const secrets = ["get", "secrets", "-n", "istio-system", "-o", "name"];
        assert.match(await kubectl(selfSigned, ...secrets), /secret\/cacerts\n.*secret\/istio-ca-secret/s);
        assert.match(await kubectl(plugged, ...secrets), /secret\/cacerts\n.*secret\/cacerts-former/s);
        for (const name of names) {
            await kubectl(
                name,
                "rollout",
                "status",
                "deployment/istiod",
                "-n",
                "istio-system",
                "--timeout=60s",
            );
        }
    });

    it("never had the previous key in its state, which kubectl apply had left in an annotation", () => {
        const keys = { theirs: fs.readFileSync(path.join(dir, "theirs-key.pem"), "utf8") };
        const search = new LeakSearch(keys);
        const files = fs
            .readdirSync(path.join(dir, "state"), { recursive: true, encoding: "utf8" })
            .map((file) => path.join(dir, "state", file))
            .filter((file) => fs.statSync(file).isFile() && path.basename(file).startsWith(plugged));
        assert.ok(files.length > 5);
        assert.deepEqual(
            files.flatMap((file) => search.leaks(file, fs.readFileSync(file))),
            [],
        );
    });

    function move(options: Parameters<typeof migrate>[2] = {}) {
        return migrate(project, names, options);
    }

    async function takeOneStep(fault: Fault): Promise<string> {
        const { title, start } = await struckStep(move, selfSigned, fault);
        moved[title] = await secondsToLastMove(names, start);
        return title;
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
        await assert.rejects(() => up(project, project.stacks()));
        const outcome = await pulumi(project, selfSigned, "up", "--yes", "--skip-preview");
        assert.notEqual(outcome.exitCode, 0);
        return outcome;
    }

    async function istioctlInstall(context: string, set: string[]) {
        const values = ["profile=demo", ...istioSet, ...set].flatMap((value) => ["--set", value]);
        const where = ["--kubeconfig", kubeconfigPath, "--context", context];
        await execa("istioctl", ["install", "--skip-confirmation", ...where, ...values]);
    }

    /** In the form that cert-manager writes, below the CA that the other cluster's istiod generated. */
    async function somebodysCacerts() {
        write("previous.pem", former.certPem);
        write("previous-key.pem", former.keyPem);
        const signer = ["-CA", "previous.pem", "-CAkey", "previous-key.pem", "-days", "30"];
        const subject = ["-subj", "/O=Somebody", "-addext", "keyUsage=critical,keyCertSign,cRLSign"];
        const files = ["-newkey", "rsa:2048", "-nodes", "-keyout", "theirs-key.pem", "-out", "theirs.pem"];
        await execa("openssl", ["req", "-x509", ...signer, ...subject, ...files], { cwd: dir });
        await kubectl(plugged, "create", "namespace", "istio-system");
        const sources = ["tls.crt=theirs.pem", "tls.key=theirs-key.pem", "ca.crt=previous.pem"].map(
            (each) => `--from-file=${each.replace("=", `=${dir}/`)}`,
        );
        const secret = ["create", "secret", "generic", "cacerts", "-n", "istio-system", ...sources];
        // As GitOps tools do, which leaves all of it in an annotation.
        await apply(plugged, [
            JSON.parse(await kubectl(plugged, ...secret, "--dry-run=client", "-o", "json")) as object,
        ]);
    }

    /** What Istio and its users made, but for the pods of Deployments; of Secrets only the previous CA's. */
    async function foundOf(context: string): Promise<string[]> {
        const kinds = ["customresourcedefinitions", "virtualservices", "deployments", "services"];
        const hooks = ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"];
        const all = ["get", [...kinds, ...hooks].join(), "--all-namespaces", "--no-headers"];
        const names = "--output=custom-columns=KIND:.kind,NAMESPACE:.metadata.namespace,NAME:.metadata.name";
        return (await kubectl(context, ...all, names)).split("\n").sort();
    }

    function deployed(context: string): Promise<string> {
        return kubectl(context, "rollout", "status", "deployment", "-n", "foo", "--timeout=180s");
    }

    function write(name: string, text: string) {
        fs.writeFileSync(path.join(dir, name), text, { mode: 0o600 });
    }
});

const virtualService = {
    apiVersion: "networking.istio.io/v1",
    kind: "VirtualService",
    metadata: { name: "somebodys", namespace: "default" },
    spec: { hosts: ["somebodys"], http: [{ route: [{ destination: { host: "somebodys" } }] }] },
};

/** The load must continue, so its proxy is set to pick up changes from the beginning. */
const followsAtOnce = {
    "proxy.istio.io/config": JSON.stringify({ proxyMetadata: { [proxyFollows]: "true" } }),
};

/** Istio's samples, of which httpbin shuts down as gracefully as anything should that restarts under load. */
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
