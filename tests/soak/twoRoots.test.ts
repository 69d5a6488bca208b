import assert from "node:assert/strict";
import * as path from "node:path";
import * as clusters from "../../local/clusters";
import { localDir } from "../../local/paths";
import { linkingLocalClusters, onLocalCluster } from "../../local/project";
import { destroy } from "../../operations/destroy";
import { Project } from "../../operations/project/project";
import { up } from "../../operations/up";
import { CaFiles } from "../../pki/caFiles";
import type { LinksOutputs } from "../../stacks/outputs";
import type { MatrixSummary } from "../../verify/matrixReport";
import { authority, Authority, files } from "../caAuthority";
import { writeCaFiles } from "../caBundles";
import {
    clusterStart,
    freshClusters,
    freshProject,
    kubectl,
    mergeSettings,
    outputs,
    pulumi,
} from "../integration/fixture";
import { killApiServer } from "../integration/faults";
import { Load } from "../integration/load";
import { remoteSecrets } from "../integration/samples";
import { whileThereIsTime } from "./deadline";

const names = ["roots1", "roots2", "roots3"];
const [one, two, three] = names as [string, string, string];

/**
 * Three meshes, two below one root and the third below another, each under a CA that somebody else made. Not in `npm test`,
 * because three meshes take as long as all that two can show: there, the judgement is a unit test, and roots that overlap
 * are those of a rotation.
 */
describe("Three clusters below two roots", function () {
    this.timeout("20m");
    let project: Project;
    let roots: { east: Authority; west: Authority };
    const made: Record<string, CaFiles> = {};

    before(async function () {
        whileThereIsTime(this);
        await freshClusters(names);
        const member = (name: string) =>
            onLocalCluster(name, {
                role: "ready",
                caSource: path.join(localDir, "tests", "roots", name),
                meshId: "roots",
            });
        project = await freshProject("roots", {
            ...Object.fromEntries(names.map((name) => [name, member(name)])),
            mesh: linkingLocalClusters(names),
        });
        roots = {
            east: await authority({ subject: "O=Istio, CN=East" }),
            west: await authority({ subject: "O=Istio, CN=West" }),
        };
        for (const name of names) {
            const root = name === three ? roots.west : roots.east;
            const ca = await authority({ subject: `O=Istio, L=${name}, CN=Intermediate CA` }, root);
            made[name] = await files(ca, root);
            write(name, made[name]);
        }
        await up(project, stacks(names));
        await project.openOrCreate("mesh");
    });

    after(() => clusters.down(names));

    it("are not linked: each of four directions is named, and nothing is made", async () => {
        const { exitCode, output } = await pulumi(project, "mesh", "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /Nothing was changed\.[^]*members-reject: /);
        for (const name of [one, two]) {
            assert.match(output, new RegExp(`The workloads of ${name} would reject those of ${three}: `));
            assert.match(output, new RegExp(`The workloads of ${three} would reject those of ${name}: `));
            assert.doesNotMatch(await kubectl(name, "get", "namespaces", "-o", "name"), /mesh-probe/);
        }
        assert.doesNotMatch(output, new RegExp(`The workloads of ${one} would reject those of ${two}`));
    });

    it("are linked, as the message says, once all of them trust both roots", async () => {
        for (const name of names) {
            write(name, { ...made[name], "root-cert.pem": roots.east.pem + roots.west.pem });
        }
        await up(project, stacks([...names, "mesh"]));
        assert.equal(await cells(), 6);
    });

    it("answer 200 requests a second from below one root to below the other", async () => {
        const load = await Load.throughGateway(one, three, { rate: 100 });
        await walk("--refresh");
        await withoutFailure(load);
    });

    it("lose one that does not answer, as a rotation without it asks for, and take it in again", async () => {
        const start = await clusterStart([three]);
        killApiServer(three);
        mergeSettings(project, { mesh: linkingLocalClusters([one, two]) });
        const partly = await pulumi(project, "mesh", "up", "--yes", "--continue-on-error");
        assert.notEqual(partly.exitCode, 0, partly.output);
        for (const name of [one, two]) {
            assert.doesNotMatch(await remoteSecrets(name), new RegExp(three));
        }
        await start();
        const wholly = await pulumi(project, "mesh", "up", "--yes", "--continue-on-error");
        assert.equal(wholly.exitCode, 0, wholly.output);
        assert.equal(await cells(), 2);
        await assertUnlinked(three);
        mergeSettings(project, { mesh: linkingLocalClusters(names) });
        await walk();
        assert.equal(await cells(), 6);
    });

    it("lose no request between two of them while the third is taken out, brought in again and taken down", async () => {
        const load = await Load.throughGateway(one, two, { rate: 100 });
        mergeSettings(project, { mesh: linkingLocalClusters([one, two]) });
        await walk();
        assert.equal(await cells(), 2);
        await assertUnlinked(three);
        mergeSettings(project, { mesh: linkingLocalClusters(names) });
        await walk();
        assert.equal(await cells(), 6);
        mergeSettings(project, { mesh: linkingLocalClusters([one, two]) });
        await walk();
        await destroy(project, stacks([three]));
        assert.doesNotMatch(await kubectl(three, "get", "namespaces", "-o", "name"), /istio-system|foo$/m);
        await withoutFailure(load);
    });

    it("are all taken down without a trace", async () => {
        await destroy(project, stacks([one, two, "mesh"]));
        for (const name of names) {
            await assertUnlinked(name);
            const left = await kubectl(name, "get", "namespaces,secrets,clusterroles", "-A", "-o", "name");
            assert.doesNotMatch(left, /istio/);
        }
    });

    async function walk(...options: string[]): Promise<void> {
        const { exitCode, output } = await pulumi(
            project,
            "mesh",
            "up",
            "--yes",
            "--skip-preview",
            ...options,
        );
        assert.equal(exitCode, 0, output);
    }

    async function cells(): Promise<number> {
        const { matrix } = await outputs<LinksOutputs>(project, "mesh");
        const { verdict, cells } = matrix as MatrixSummary;
        assert.equal(verdict, "passed");
        return cells.length;
    }

    function write(name: string, bundle: CaFiles): void {
        writeCaFiles(path.join(project.dir, name), bundle);
    }

    function stacks(wanted: string[]) {
        return project.stacks().filter(({ name }) => wanted.includes(name));
    }
});

/** Nothing that links clusters is left in this one. */
async function assertUnlinked(name: string): Promise<void> {
    const left = await kubectl(
        name,
        "get",
        "namespace,serviceaccount,clusterrolebinding,secret",
        "-A",
        "-o",
        "name",
    );
    assert.doesNotMatch(left, /mesh-probe|istio-plugin-ca-reader|istio-remote-secret/);
}

async function withoutFailure(load: Load): Promise<void> {
    const outcome = await load.stop();
    console.log(`      ${JSON.stringify(outcome)}`);
    assert.ok(outcome.requests > 1000, JSON.stringify(outcome));
    assert.deepEqual(outcome.failures, []);
}
