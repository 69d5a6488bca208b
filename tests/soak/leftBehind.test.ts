import assert from "node:assert/strict";
import { migrate } from "../../operations/migration/migrate";
import { rotate } from "../../operations/rotation/rotate";
import type { ClusterOutputs, LinksOutputs, RootOutputs } from "../../stacks/outputs";
import type { MatrixSummary } from "../../verify/matrixReport";
import { silent } from "../../operations/progress";
import { failure } from "../integration/fault";
import { clusterStart, outputs, pulumi } from "../integration/fixture";
import { killApiServer } from "../integration/faults";
import { Load } from "../integration/load";
import { Pair } from "../integration/pair";
import { remoteSecrets, trustedRoots } from "../integration/samples";
import { whileThereIsTime } from "./deadline";

/** As docs/rotating.md#a-cluster-that-was-away says. Not in `npm test`, because it takes all steps of a rotation and of a migration. */
describe("A cluster that is away while the root is replaced", function () {
    this.timeout("40m");
    let pair: Pair;
    let away: string;
    let first: RootOutputs;
    let start: (() => Promise<void>) | undefined;

    before(async function () {
        whileThereIsTime(this);
        pair = await Pair.shared();
        away = pair.two;
        first = await outputs<RootOutputs>(pair.project, "root");
        start = await clusterStart([away]);
        killApiServer(away);
    });

    after(() => start?.());

    it("holds the rotation up, which names it and what continues without it", async () => {
        const told = await failure(() => rotate(pair.project, "root"));
        assert.match(told ?? "", new RegExp(`Stack ${away}:`));
        assert.match(told ?? "", /--without <cluster> continues without it/);
        const { roots } = await outputs<RootOutputs>(pair.project, "root");
        assert.deepEqual(roots, first.roots);
    });

    it("can be unlinked while it is away", async () => {
        const said: string[] = [];
        const progress = { ...silent, report: (line: string) => void said.push(line) };
        const confirm = () => Promise.resolve(false);
        await rotate(pair.project, "root", { without: [away], confirm, progress });
        const [, unlink] = /Unlink first: `(.+)`\./.exec(said.join("\n")) ?? [];
        assert.equal(unlink, "pulumi destroy --stack mesh --continue-on-error");
        const { exitCode, output } = await unlinked("--continue-on-error");
        assert.notEqual(exitCode, 0, output);
        assert.equal(await remoteSecrets(pair.one), "");
    });

    it("is left behind by --without, and costs the other one not one request", async () => {
        const load = await Load.start(pair.one, { rate: 80 });
        await rotate(pair.project, "root", { without: [away] });
        const { root, certificates } = await outputs<RootOutputs>(pair.project, "root");
        assert.notEqual(root.fingerprint, first.root.fingerprint);
        assert.deepEqual(Object.keys(certificates), [pair.one]);
        assert.deepEqual(await trustedRoots(pair.one), [root.fingerprint]);
        const { output } = await pulumi(pair.project, "root", "stack", "history", "--color=never");
        assert.match(output, new RegExp(`Continues without ${away}: `));
        const outcome = await load.stop();
        assert.deepEqual(outcome.failures, []);
        assert.ok(outcome.requests > 1000, JSON.stringify(outcome));
    });

    it("is refused by a plain up when it is back, and moves to the new root by a migration", async () => {
        await start!();
        const { exitCode: left, output: told } = await unlinked();
        assert.equal(left, 0, told);
        assert.equal(await remoteSecrets(away), "");
        pair.change("root", { clusters: pair.names });
        const { exitCode, output } = await pulumi(pair.project, "root", "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        const plain = await pulumi(pair.project, away, "up", "--yes", "--skip-preview");
        assert.notEqual(plain.exitCode, 0, plain.output);
        assert.match(plain.output, /Nothing was changed\./);
        pair.change(away, { previousCa: "istio-system/cacerts" });
        const load = await Load.start(away, { rate: 80 });
        await migrate(pair.project, [away]);
        const outcome = await load.stop();
        assert.deepEqual(outcome.failures, []);
        assert.ok(outcome.requests > 1000, JSON.stringify(outcome));
    });

    it("is one mesh with the other again after the next up", async () => {
        const { root } = await outputs<RootOutputs>(pair.project, "root");
        assert.deepEqual(await trustedRoots(away), [root.fingerprint]);
        assert.deepEqual((await outputs<ClusterOutputs>(pair.project, away)).root, root);
        await pair.walk();
        const { matrix } = await outputs<LinksOutputs>(pair.project, "mesh");
        assert.equal((matrix as MatrixSummary).verdict, "passed");
    });

    function unlinked(...options: string[]) {
        return pulumi(pair.project, "mesh", "destroy", "--yes", ...options);
    }
});
