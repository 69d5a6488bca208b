import assert from "node:assert/strict";
import { webcrypto } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { Project } from "../../operations/project/project";
import { verify } from "../../operations/verify";
import * as clusters from "../../local/clusters";
import { until } from "../../local/clusters/until";
import { kubeconfigPath } from "../../local/paths";
import { onLocalCluster } from "../../local/project";
import { CaBundle } from "../../pki/caBundle";
import { PublicFiles } from "../../pki/caFiles";
import { awaitValidity } from "../../stacks/guards/clock";
import type { ClusterOutputs } from "../../stacks/outputs";
import { Cluster } from "../../kube/cluster";
import { istiodFaults } from "../../verify/istiodFaults";
import { reloadIstiod } from "../../verify/istiodReload";
import type { Report } from "../../verify/report";
import { issued, newKey, privatePem } from "../pki";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi, shell } from "./fixture";
import { Load } from "./load";
import { firstBlock } from "../../pki/pem";
import { publicKeyIn } from "../../pki/pemKey";

const cluster = "spread";

describe("A renewed intermediate that each workload picks up at its own time", function () {
    this.timeout("20m");
    let project: Project;
    let load: Load;
    let first: ClusterOutputs;
    let trusted: string;

    before(async () => {
        await freshClusters([cluster]);
        project = await freshProject("reissue", { [cluster]: settings(365) });
        await project.openOrCreate(cluster);
        await up();
        first = await outputs<ClusterOutputs>(project, cluster);
        trusted = await rootConfigMap();
        load = await Load.start(cluster);
    });

    after(() => clusters.down([cluster]));

    it("is what istiod signs with when the `up` ends, while proxies continue under the previous one", async () => {
        await changeSettings(project, { [cluster]: settings(364) });
        await up();
        const { ca, verification } = await outputs<ClusterOutputs>(project, cluster);
        assert.notEqual(ca!.fingerprint, first.ca!.fingerprint);
        assert.equal((verification as { verdict: string }).verdict, "passed");
        assert.match(
            await proxies(),
            /^by all 4, of which [1-4] still have a certificate of the previous CA$/,
        );
        assert.equal(await rootConfigMap(), trusted);
        const same = await pulumi(project, cluster, "preview", "--expect-no-changes");
        assert.equal(same.exitCode, 0, same.output);
    });

    it("is what all certificates are signed by when the time is over", async () => {
        const behind = async () => {
            const observed = await proxies();
            return observed === "by all 4" ? undefined : observed;
        };
        await until("all proxies", behind, { limit: 4 * 60_000, interval: 5000 });
    });

    it("cost not one request", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify(outcome)}`);
        assert.ok(outcome.requests > 1000, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
    });

    it("is accepted by istiod though it was not valid yet at first, as under a clock that is ahead", async () => {
        const { files, all } = await plugInAhead(12);
        await refused(files);
        // Takes the remedy that it names: run it again.
        await reloadIstiod({ ...where, files });
        const log = await kubectl(cluster, "logs", "deployment/istiod", "-n", "istio-system", "--tail=300");
        assert.match(log, /not yet valid/);
        const names = await kubectl(cluster, "get", ...secret, "-o", "jsonpath={.data}");
        assert.deepEqual(Object.keys(JSON.parse(names) as object).sort(), Object.keys(all).sort());
    });

    it("is accepted by an istiod that is restarted once it is valid, with the command that the message names", async () => {
        const { files } = await plugInAhead(12);
        const [, restart] = /`(kubectl rollout restart [^`]+)`/.exec(await refused(files))!;
        assert.equal(await awaitValidity(CaBundle.parse(files)!, where), undefined);
        const { exitCode, output } = await shell(cluster, project.dir, restart!);
        assert.equal(exitCode, 0, output);
        const mesh = await Cluster.connect(kubeconfigPath, cluster);
        const lacking = async () =>
            (await istiodFaults(mesh, where.namespace, CaBundle.parse(files)!)).join("; ") || undefined;
        await until("istiod", lacking, { limit: 120_000, interval: 500 });
    });

    const where = { kubeconfig: kubeconfigPath, context: cluster, namespace: "istio-system" };
    const secret = ["secret", "cacerts", "-n", "istio-system"];

    /** Plugs in a CA that becomes valid in so many seconds. */
    async function plugInAhead(seconds: number) {
        const state = await pulumi(project, cluster, "stack", "export", "--show-secrets");
        const root = await rootOf(state.output);
        const subject = `O=Istio, L=${cluster}, CN=Intermediate CA`;
        const keys = await newKey();
        const ahead = { age: -seconds / 86_400, days: 300, subject };
        const files = CaBundle.signed(await issued(keys, root, ahead), root.pem).files;
        const all = { ...files, "ca-key.pem": await privatePem(keys) };
        const data = Object.entries(all).map(([name, text]) => [name, Buffer.from(text).toString("base64")]);
        const patch = path.join(project.dir, "cacerts.json");
        fs.writeFileSync(patch, JSON.stringify({ data: Object.fromEntries(data) as object }), {
            mode: 0o600,
        });
        await kubectl(cluster, "patch", ...secret, "--type=merge", "--patch-file", patch);
        return { files, all };
    }

    /** What a reload reports that gives up before the CA is valid. */
    async function refused(files: PublicFiles): Promise<string> {
        const { message } = await reloadIstiod({ ...where, files, limitSeconds: 4 }).then(
            () => assert.fail("the CA was accepted before it was valid"),
            (error: Error) => error,
        );
        assert.match(
            message,
            /^istiod of context spread has not picked up cacerts within 4 seconds: istiod-\S+ serves a certificate of \S+, not of \S+\. Its log says why/,
        );
        return message;
    }

    function settings(intermediateValidityDays: number) {
        return onLocalCluster(cluster, { role: "standalone", reissueWithin: "3m", intermediateValidityDays });
    }

    async function up() {
        const { exitCode, output } = await pulumi(project, cluster, "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
    }

    /** What the verification saw of the proxies. */
    async function proxies(): Promise<string> {
        const { output, exitCode } = await verify(project, cluster, { limitSeconds: 60, json: true });
        assert.equal(exitCode, 0, output);
        const { checks } = JSON.parse(output) as Report;
        return checks.find(({ name }) => name.startsWith("proxies:"))!.observed;
    }

    function rootConfigMap(): Promise<string> {
        const path = ["-o", "jsonpath={.data.root-cert\\.pem}"];
        return kubectl(cluster, "get", "configmap", "istio-ca-root-cert", "-n", "foo", ...path);
    }
});

/** The root of an exported state that shows its secrets. */
async function rootOf(exported: string) {
    const { resources } = (JSON.parse(exported) as { deployment: { resources: Resource[] } }).deployment;
    const outputs = (name: string) => resources.find(({ urn }) => urn.endsWith(`::${name}`))!.outputs;
    const text = JSON.parse(outputs("root-key").privateKeyPemPkcs8.plaintext) as string;
    const der = (pem: string) => firstBlock(pem)!.der;
    const algorithm = { name: "ECDSA", namedCurve: "P-256" };
    const publicPem = publicKeyIn(text).export({ type: "spki", format: "pem" }) as string;
    const [privateKey, publicKey] = await Promise.all([
        webcrypto.subtle.importKey("pkcs8", der(text), algorithm, true, ["sign"]),
        webcrypto.subtle.importKey("spki", der(publicPem), algorithm, true, ["verify"]),
    ]);
    return { keys: { privateKey, publicKey }, pem: outputs("root-cert").certPem };
}

interface Resource {
    urn: string;
    outputs: { certPem: string; privateKeyPemPkcs8: { plaintext: string } };
}
