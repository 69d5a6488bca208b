import assert from "node:assert/strict";
import fc from "fast-check";
import { RawOutputs, stackState } from "../../operations/changes/stackState";
import { Project } from "../../operations/project/project";
import { Certificate } from "../../pki/certificate";
import { freshProject, pulumi } from "./fixture";

const clusters = ["c1", "c2"];
const stacks = ["root", ...clusters];

/** How many rounds lead to the end: clusters request, root signs, clusters plug in, root signs CRLs, clusters plug those in; and one more. */
const mostRounds = 6;

/**
 * The Pulumi Kubernetes Operator, or anything else that brings each stack up by itself, again and again: single `pulumi up`s, some of
 * them at once, in any order. One that has to wait for another stack may fail.
 */
describe("Stacks that are brought up one by one, in any order, until nothing changes", function () {
    this.timeout("20m");

    it("reach the same end as by `npm run up`: each has the CA that root has signed, and every CRL", async () => {
        const batches = fc.array(fc.shuffledSubarray(stacks, { minLength: 1 }), { maxLength: 3 });
        const order = fc.shuffledSubarray(stacks, { minLength: stacks.length });
        const runs = fc.asyncProperty(batches, order, async (first, then) => {
            const project = await freshProject("resync", settings());
            await project.each(stacks, (name) => project.openOrCreate(name));
            for (const batch of first) {
                await Promise.all(batch.map((name) => up(project, name)));
            }
            await settle(project, then);
            await checkEnd(project);
        });
        await fc.assert(runs, { numRuns: 3, endOnFailure: true });
    });

    function settings() {
        const ofClusters = clusters.map((name) => [name, { role: "cluster", deploy: false }] as const);
        return { root: { role: "root", clusters, crls: true }, ...Object.fromEntries(ofClusters) };
    }

    /** One by one, until a whole round has succeeded and changed nothing. */
    async function settle(project: Project, order: string[]): Promise<void> {
        let before = "";
        for (let round = 0; round < mostRounds; round++) {
            const succeeded: boolean[] = [];
            for (const name of order) {
                succeeded.push(await up(project, name));
            }
            const after = JSON.stringify(await outputs(project));
            if (!succeeded.includes(false) && after === before) {
                return;
            }
            before = after;
        }
        assert.fail(`The stacks still change after ${mostRounds} rounds: ${before}`);
    }

    async function checkEnd(project: Project): Promise<void> {
        const { root, ...rest } = await outputs(project);
        const crlsOf = ({ files }: RawOutputs) => files?.["ca-crl.pem"]?.match(/BEGIN X509 CRL/g)?.length;
        for (const [name, cluster] of Object.entries(rest)) {
            assert.equal(cluster.status, "CA signed", name);
            const [signed] = Certificate.all(root!.certificates![name]!.pem);
            assert.equal(signed!.fingerprint, cluster.ca!.fingerprint, name);
            assert.equal(crlsOf(cluster), stacks.length, name);
        }
        for (const name of stacks) {
            const { exitCode, output } = await pulumi(project, name, "preview", "--expect-no-changes");
            assert.equal(exitCode, 0, output);
        }
    }

    async function up(project: Project, name: string): Promise<boolean> {
        return (await pulumi(project, name, "up", "--yes", "--skip-preview")).exitCode === 0;
    }

    async function outputs(project: Project): Promise<Record<string, RawOutputs>> {
        const found = await project.each(
            stacks,
            async (name) => [name, (await stackState(project, name)).outputs] as const,
        );
        return Object.fromEntries(found);
    }
});
