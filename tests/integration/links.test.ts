import assert from "node:assert/strict";
import { pemsOf } from "../../components/caPems";
import { Cluster } from "../../local/clusters/cluster";
import { until } from "../../local/clusters/until";
import { kubeconfigPath } from "../../local/paths";
import { destroy } from "../../operations/destroy";
import { report } from "../../operations/report";
import { verify } from "../../operations/verify";
import type { ClusterOutputs, LinksOutputs } from "../../stacks/outputs";
import { verifyMatrix } from "../../verify/matrix";
import { readMatrixInput } from "../../verify/matrixInput";
import type { MatrixReport, MatrixSummary } from "../../verify/matrixReport";
import { authority, crl } from "../caAuthority";
import { newKey, selfSigned } from "../pki";
import { apiServerAway } from "./faults";
import { kubectl, outputs, pulumi } from "./fixture";
import { Load } from "./load";
import { Pair } from "./pair";
import { whileThereIsTime } from "../soak/deadline";

describe("Two clusters that a stack links", function () {
    this.timeout("20m");
    let pair: Pair;

    before(async function () {
        whileThereIsTime(this);
        pair = await Pair.shared();
    });

    it("are one mesh, whose workloads are seen to trust each other in both directions", async () => {
        const { meshId, links, matrix } = await outputs<LinksOutputs>(pair.project, "mesh");
        assert.deepEqual([meshId, Object.keys(links)], ["pair", pair.names]);
        const { verdict, cells } = matrix as MatrixSummary;
        assert.deepEqual(
            [verdict, cells],
            ["passed", [true, true].map((ok, i) => ({ from: pair.names[i], to: pair.names[1 - i], ok }))],
        );
        for (const name of pair.names) {
            const { multicluster } = await outputs<ClusterOutputs>(pair.project, name);
            const { gateway, ...rest } = multicluster!;
            assert.deepEqual(rest, { meshId: "pair", network: name, trustDomain: "cluster.local" });
            assert.equal(gateway!.length, 1);
        }
    });

    it("have nothing to change afterwards, nor after a refresh", async () => {
        for (const command of ["preview", "refresh"]) {
            const args = command === "refresh" ? ["--yes", "--skip-preview"] : [];
            const { exitCode, output } = await pulumi(
                pair.project,
                "mesh",
                command,
                "--expect-no-changes",
                ...args,
            );
            assert.equal(exitCode, 0, output);
        }
    });

    it("keep their tokens from whoever can read the state and the outputs", async () => {
        const token = await tokenFor(pair.two, pair.one);
        for (const args of [
            ["stack", "export"],
            ["stack", "output", "--json"],
            ["preview", "--diff"],
        ]) {
            const { output } = await pulumi(pair.project, "mesh", ...args);
            assert.ok(!output.includes(token), args.join(" "));
        }
    });

    it("are verified by a command, as a table and as JSON", async () => {
        const { output, exitCode } = await verify(pair.project, "mesh", { limitSeconds: 30 });
        assert.equal(exitCode, 0, output);
        assert.match(output, /│ pair1 +│ +│ ok +│\n(.*\n)?│ pair2 +│ ok +│ +│/);
        const { cells } = await matrixOf(30);
        assert.deepEqual(
            cells[0]!.checks.filter(({ ok }) => !ok),
            [],
        );
        const { observed } = cells[0]!.checks.find(({ name }) => name === "pair2: chain")!;
        assert.match(observed, /^leaf <- Intermediate CA \(.+\) <- Root CA \(.+\)$/);
    });

    it("are drawn as they are, with nothing to do", async () => {
        const { findings, clusters, meshes } = await report(pair.project, []);
        assert.deepEqual(findings, []);
        assert.deepEqual(
            clusters.map(({ stack, network }) => [stack, network]),
            pair.names.map((name) => [name, name]),
        );
        assert.deepEqual(
            meshes[0]!.matrix!.cells.map(({ ok }) => ok),
            [true, true],
        );
    });

    it("see each other's certificates without a gateway, as clusters of one network do", async () => {
        const clusters = await Promise.all(
            pair.names.map(async (name) => {
                const { files } = await outputs<ClusterOutputs>(pair.project, name);
                const { caCertPem, rootCertPem } = pemsOf(files!);
                return { cluster: name, context: name, caCertPem, rootCertPem, network: "one" };
            }),
        );
        const seen = async (members: object[], limitSeconds = 10) => {
            const input = readMatrixInput({
                kubeconfig: kubeconfigPath,
                clusters: members,
                limitSeconds,
            });
            const { cells } = await verifyMatrix(input, new AbortController().signal);
            return cells.map(({ ok, fault, checks }) => [ok, fault, checks.find((each) => !each.ok)?.name]);
        };
        const good = [true, undefined, undefined];
        assert.deepEqual(await seen(clusters), [good, good]);
        // What should be the root, the generation and the CRLs of the first is not what its workloads have.
        const bad = [false, "trust", `${pair.one}: proxy`];
        const foreign = await selfSigned(await newKey());
        const crls = await crl(await authority({ subject: "CN=Stranger" }));
        for (const fault of [{ rootCertPem: foreign }, { caCertPem: foreign }, { crls }]) {
            assert.deepEqual(await seen([{ ...clusters[0], ...fault }, clusters[1]!], 1), [bad, bad]);
        }
    });

    it("turn exactly the cells red that a fault concerns", async () => {
        const gateway = ["deployment/istio-eastwestgateway", "-n", "istio-system"];
        await kubectl(pair.two, "scale", ...gateway, "--replicas=0");
        await kubectl(
            pair.two,
            "wait",
            "pod",
            "-n",
            "istio-system",
            "-l",
            "istio=eastwestgateway",
            "--for=delete",
        );
        assert.deepEqual(await red(), [
            `${pair.one} -> ${pair.two}: reachability: no pod of the east-west gateway`,
        ]);
        await kubectl(pair.two, "scale", ...gateway, "--replicas=1");
        await kubectl(pair.two, "rollout", "status", ...gateway);

        const istioSystem = ["-n", "istio-system"];
        await kubectl(pair.one, "delete", "secret", `istio-remote-secret-${pair.two}`, ...istioSystem);
        await kubectl(pair.one, "delete", "serviceaccount", "istio-plugin-ca-reader", ...istioSystem);
        // An API server remembers for ten seconds that it has accepted a token.
        let cells: string[] = [];
        const missing = async () => ((cells = await red()).length < 2 ? cells.join() || "any" : undefined);
        await until("red cells", missing, { limit: 30_000 });
        const [noSecret, staleToken, ...more] = cells;
        assert.equal(noSecret, `${pair.one} -> ${pair.two}: reachability: by no Secret`);
        const token = `the token of Secret istio-system/istio-remote-secret-${pair.one}, which is not accepted: `;
        assert.ok(
            staleToken!.startsWith(`${pair.two} -> ${pair.one}: reachability: by ${token}`),
            staleToken,
        );
        assert.deepEqual(more, []);
        const { exitCode, output } = await pulumi(
            pair.project,
            "mesh",
            "up",
            "--yes",
            "--skip-preview",
            "--refresh",
        );
        assert.equal(exitCode, 0, output);
        assert.deepEqual(await red(60), []);
    });

    it("are refused while a cluster's network label is missing", async () => {
        const label = (value: string) =>
            kubectl(pair.two, "label", "namespace", "istio-system", `topology.istio.io/network${value}`);
        await label("-");
        const { exitCode, output } = await pulumi(pair.project, "mesh", "preview");
        await label(`=${pair.two}`);
        assert.notEqual(exitCode, 0);
        assert.match(output, /network-label-missing: Namespace istio-system of cluster pair2 has no label/);
    });

    it("are not sent to an API server that does not answer them", async () => {
        const before = await kubeconfigFor(pair.two, pair.one);
        const wrong = `https://${Cluster.find(pair.two)!.nodeIp}:1`;
        const settings = pair.project.settings("mesh");
        const apiServers = settings.get("apiServers") as string[];
        pair.change("mesh", { apiServers: [apiServers[0], `${pair.two}=${wrong}`] });
        const { exitCode, output } = await pulumi(pair.project, "mesh", "up", "--yes", "--skip-preview");
        pair.change("mesh", { apiServers });
        assert.notEqual(exitCode, 0);
        assert.match(output, new RegExp(`cluster pair1 do not reach the API server of pair2 at ${wrong}: `));
        assert.equal(await kubeconfigFor(pair.two, pair.one), before);
        const again = await pulumi(pair.project, "mesh", "up", "--yes", "--skip-preview");
        assert.equal(again.exitCode, 0, again.output);
    });

    it("get other tokens under load, and no request fails", async () => {
        const before = await tokenFor(pair.two, pair.one);
        const load = await Load.throughGateway(pair.one, pair.two);
        pair.change("mesh", { tokenDays: 20 });
        const { exitCode, output } = await pulumi(pair.project, "mesh", "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        assert.deepEqual(await red(30), []);
        await withoutFailure(load);
        assert.notEqual(await tokenFor(pair.two, pair.one), before);
        const { links } = await outputs<LinksOutputs>(pair.project, "mesh");
        const days = (Date.parse(links[pair.one]!.token!.expires) - Date.now()) / 86_400_000;
        assert.ok(days > 19 && days < 20.1, String(days));
    });

    it("lose no request with another pod of a gateway, and while an API server is away", async () => {
        // A response that takes longer than Istio drains a gateway, 5 s, breaks with its pod.
        const load = await Load.throughGateway(pair.one, pair.two, { streaming: false });
        const gateway = ["deployment/istio-eastwestgateway", "-n", "istio-system"];
        await kubectl(pair.two, "rollout", "restart", ...gateway);
        await kubectl(pair.two, "rollout", "status", ...gateway);
        await (await apiServerAway(pair.two)).strike();
        assert.deepEqual(await red(60), []);
        await withoutFailure(load);
    });

    it("are unlinked under load without a trace, each with its own mesh, and linked again", async () => {
        const load = await Load.start(pair.one, { rate: 40 });
        const mesh = pair.project.stacks().filter(({ role }) => role === "mesh");
        await destroy(pair.project, mesh);
        for (const name of pair.names) {
            const kinds = "namespace,serviceaccount,clusterrolebinding,secret";
            const left = await kubectl(name, "get", kinds, "-A", "-o", "name");
            assert.doesNotMatch(left, /mesh-probe|istio-plugin-ca-reader|istio-remote-secret/);
            const { exitCode, output } = await verify(pair.project, name, { limitSeconds: 30 });
            assert.equal(exitCode, 0, output);
        }
        await pair.walk();
        assert.deepEqual(await red(60), []);
        await withoutFailure(load);
    });

    /** What of the matrix is not as it should be, and why. */
    async function red(limitSeconds = 5): Promise<string[]> {
        const { cells } = await matrixOf(limitSeconds);
        return cells
            .filter(({ ok }) => !ok)
            .map(({ from, to, fault, checks }) => {
                const { observed } = checks.find(({ ok }) => !ok)!;
                return `${from} -> ${to}: ${fault}: ${observed.replace(/ is ready$/, "")}`;
            });
    }

    async function matrixOf(limitSeconds: number): Promise<MatrixReport> {
        const { output } = await verify(pair.project, "mesh", { limitSeconds, json: true });
        const [, json] = /^(\{$[^]*?^\})$/m.exec(output)!;
        return JSON.parse(json!) as MatrixReport;
    }
});

async function withoutFailure(load: Load): Promise<void> {
    const outcome = await load.stop();
    assert.ok(outcome.requests > 100, JSON.stringify(outcome));
    assert.deepEqual(outcome.failures, []);
}

/** The kubeconfig by which the istiod of one cluster reads another. */
async function kubeconfigFor(read: string, holder: string): Promise<string> {
    const where = ["secret", `istio-remote-secret-${read}`, "-n", "istio-system"];
    const data = await kubectl(holder, "get", ...where, "-o", `jsonpath={.data.${read}}`);
    return Buffer.from(data, "base64").toString();
}

async function tokenFor(read: string, holder: string): Promise<string> {
    return /token: (\S+)/.exec(await kubeconfigFor(read, holder))![1]!;
}
