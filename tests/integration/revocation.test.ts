import * as assert from "node:assert/strict";
import { Project } from "../../cli/project";
import { runTasks } from "../../cli/tasks";
import { verify } from "../../cli/verification";
import { destroy, up } from "../../cli/walk";
import * as clusters from "../../local/clusters";
import { onLocalCluster } from "../../local/project";
import { caCrlFile, crlConfigMapName } from "../../pki/bundle";
import { Crl } from "../../pki/crl";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { apiServerAway, failure, istiodRestart, killed, struck, upOfAll } from "./faults";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";
import { secondsToLastMove } from "./following";
import { Load } from "./load";
import { StolenCa } from "./stolenCa";

const names = ["revoke1", "revoke2"] as const;
const [one, two] = names;
const revoked = "TLS alert: certificate revoked (curl 35)";
/** Settings under which the first key of the second cluster is revoked. */
const again = { generation: 2, revoked: ["revoke2/1"] };

describe("An intermediate that is revoked under load", function () {
    this.timeout("20m");
    let project: Project;
    let load: Load;
    let stolen: StolenCa;
    const took: Record<string, number> = {};

    before(async () => {
        await freshClusters([...names]);
        project = await freshProject("revocation", stacks({}));
        await walk();
        load = await Load.across(one, two);
        stolen = await StolenCa.from(two);
    });

    after(async () => {
        await runTasks(destroy(project, project.stacks()), "silent");
        await clusters.down([...names]);
    });

    it("stands on a complete set of lists from the first install", async () => {
        for (const name of names) {
            const { files } = await outputs<ClusterOutputs>(project, name);
            const issuers = Crl.all(files![caCrlFile]!).map(
                ({ issuer }) => issuer.match(/L=(\w+)|CN=Root/)![0],
            );
            assert.deepEqual(issuers.sort(), ["CN=Root", "L=revoke1", "L=revoke2"]);
            const lists = ["get", "configmap", crlConfigMapName, "-n", "foo"];
            const configMap = await kubectl(name, ...lists, "-o", "jsonpath={.data.ca-crl\\.pem}");
            assert.equal(configMap, files![caCrlFile]!.trimEnd());
        }
    });

    it("is not revoked while it is plugged in", async () => {
        await changeSettings(project, stacks({ revoked: ["revoke2/1"] }));
        const { exitCode, output } = await pulumi(project, "root", "preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /revoked names revoke2\/1, which cluster revoke2 has plugged in/);
    });

    it("gives way to a new key, which is signed when every cluster has its list", async () => {
        await changeSettings(project, stacks({ generation: 2 }));
        for (const asking of [two, one]) {
            for (const name of [asking, "root"]) {
                const { exitCode, output } = await pulumi(project, name, "up", "--yes", "--skip-preview");
                assert.equal(exitCode, 0, output);
            }
            assert.deepEqual((await outputs<RootOutputs>(project, "root")).withheld, [two]);
        }
        const start = Date.now();
        await walk();
        took["to the last proxy under the new key"] = await secondsToLastMove([two], start);
        const { withheld, issued } = await outputs<RootOutputs>(project, "root");
        assert.deepEqual(withheld, []);
        assert.deepEqual(
            Object.values(issued)
                .map(({ cluster, generation }) => `${cluster}/${generation}`)
                .sort(),
            ["revoke1/1", "revoke2/1", "revoke2/2"],
        );
        assert.equal((await outputs<ClusterOutputs>(project, two)).ca?.generation, 2);
        assert.equal(await stolen.answerOf(one), "answered: HTTP status 200");
        const any = "spiffe://cluster.local/ns/any/sa/any";
        assert.equal(await stolen.answerOf(one, any), "answered: HTTP status 200");
    });

    it("is refused by every cluster once it is revoked, while connections from before go on", async () => {
        const open = stolen.connect(one, 90);
        const start = Date.now();
        await changeSettings(project, stacks(again));
        await walk();
        took["until every proxy has the list"] = (Date.now() - start) / 1000;
        await answered(revoked);
        for (const name of names) {
            assert.equal((await verify(project, name, { limitSeconds: 60 })).exitCode, 0);
        }
        assert.deepEqual(await open, { statuses: Array<number>(90).fill(200), opened: 1 });
    });

    it("leaves no old connection where these have a limit", async () => {
        const limit = { ...again, maxConnectionMinutes: 1 };
        await changeSettings(project, stacks({ ...limit, revoked: [] }));
        await walk();
        const open = stolen.connect(one, 180);
        await changeSettings(project, stacks(limit));
        await walk();
        const { statuses } = await open;
        assert.deepEqual([statuses[0], statuses.at(-1)], [200, 0], JSON.stringify(statuses));
    });

    it("is taken again where it is not revoked any more, though an API server is away in the middle", async () => {
        await changeSettings(project, stacks({ generation: 2 }));
        await struck(walk, one, await apiServerAway(one));
        await answered("answered: HTTP status 200");
    });

    it("is not called refused while proxies have not the list, and they are named", async () => {
        // It is the kubelet that is slow here, and gives them the ConfigMap each at a time of its own.
        await changeSettings(project, stacks({ ...again, verificationTimeoutSeconds: 1 }));
        const told = (await failure(walk)) ?? "";
        assert.match(told, /\s\S+\/\S+\s+is\s+missing\s+the\s+latest\s+CRL\s+from\s/);
        await changeSettings(project, stacks(again));
        await walk();
        await answered(revoked);
    });

    it("is taken again though an istiod restarts in the middle", async () => {
        await changeSettings(project, stacks({ generation: 2 }));
        await struck(walk, one, istiodRestart(one));
        await answered("answered: HTTP status 200");
    });

    it("is refused though the `up` is killed in its middle", async () => {
        await changeSettings(project, stacks(again));
        await killed(project, upOfAll, one, walk);
        await walk();
        await answered(revoked);
    });

    it("cost not one request of others, in the cluster and between the two", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify({ ...outcome, took })}`);
        assert.ok(outcome.requests > 1000 && outcome.streams > 4, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
    });

    async function answered(answer: string) {
        for (const name of names) {
            assert.equal(await stolen.answerOf(name), answer, name);
        }
    }

    function stacks({ generation = 1, revoked = [] as string[], ...settings }) {
        return {
            root: { role: "root", clusters: [...names], crls: true, revoked },
            [one]: onLocalCluster(one, { role: "cluster", ...settings }),
            [two]: onLocalCluster(two, { role: "cluster", ...settings, generation }),
        };
    }

    function walk() {
        return runTasks(up(project, project.stacks()), "silent");
    }
});
