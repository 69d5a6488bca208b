import * as assert from "node:assert/strict";
import { verify } from "../../operations/verify";
import { caCrlFile, crlConfigMapName } from "../../pki/caFiles";
import { Crl } from "../../pki/crl";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { failure } from "./fault";
import { kubectl, outputs, pulumi } from "./fixture";
import { secondsToLastMove } from "./following";
import { Load } from "./load";
import { Pair } from "./pair";
import { StolenCa } from "./stolenCa";

const refused = "TLS alert: certificate revoked (curl 35)";
const taken = "answered: HTTP status 200";

/** With every fault: tests/soak/operations.test.ts. */
describe("An intermediate that is revoked under load", function () {
    this.timeout("20m");
    let pair: Pair;
    let load: Load;
    let stolen: StolenCa;
    /** The generation of the second cluster whose key was stolen. */
    let generation: number;
    const took: Record<string, number> = {};

    before(async () => {
        pair = await Pair.shared();
        load = await Load.throughGateway(pair.one, pair.two);
        stolen = await StolenCa.from(pair.two);
        generation = pair.generation(pair.two);
    });

    it("has a complete set of CRLs from the first install", async () => {
        for (const name of pair.names) {
            const { files } = await outputs<ClusterOutputs>(pair.project, name);
            const issuers = Crl.all(files![caCrlFile]!).map(
                ({ issuer }) => issuer.match(/L=(\w+)|CN=Root/)![0],
            );
            assert.deepEqual([...new Set(issuers)].sort(), [
                "CN=Root",
                ...pair.names.map((each) => `L=${each}`),
            ]);
            const lists = ["get", "configmap", crlConfigMapName, "-n", "foo"];
            const configMap = await kubectl(name, ...lists, "-o", "jsonpath={.data.ca-crl\\.pem}");
            assert.equal(configMap, files![caCrlFile]!.trimEnd());
        }
    });

    it("is not revoked while it is plugged in", async () => {
        pair.change("root", { revoked: [revoking()] });
        const { exitCode, output } = await pulumi(pair.project, "root", "preview");
        assert.notEqual(exitCode, 0);
        assert.ok(
            output.includes(`revoked names ${revoking()}, which cluster ${pair.two} has plugged in`),
            output,
        );
        pair.change("root", { revoked: undefined });
    });

    it("is replaced by a new key, which is signed when every cluster has its CRL", async () => {
        pair.nextKey(pair.two);
        for (const asking of [pair.two, pair.one]) {
            for (const name of [asking, "root"]) {
                const { exitCode, output } = await pulumi(
                    pair.project,
                    name,
                    "up",
                    "--yes",
                    "--skip-preview",
                );
                assert.equal(exitCode, 0, output);
            }
            assert.deepEqual((await outputs<RootOutputs>(pair.project, "root")).withheld, [pair.two]);
        }
        const start = Date.now();
        await pair.walk();
        took["to the last proxy under the new key"] = await secondsToLastMove([pair.two], start);
        const { withheld, issued } = await outputs<RootOutputs>(pair.project, "root");
        assert.deepEqual(withheld, []);
        const expected = pair.names.flatMap((name) =>
            Array.from({ length: pair.generation(name) }, (_, index) => `${name}/${index + 1}`),
        );
        assert.deepEqual(
            Object.values(issued)
                .map(({ cluster, generation }) => `${cluster}/${generation}`)
                .filter((each, index, all) => all.indexOf(each) === index)
                .sort(),
            expected.sort(),
        );
        const { ca } = await outputs<ClusterOutputs>(pair.project, pair.two);
        assert.equal(ca?.generation, generation + 1);
        assert.equal(await stolen.answerOf(pair.one), taken);
        const any = "spiffe://cluster.local/ns/any/sa/any";
        assert.equal(await stolen.answerOf(pair.one, any), taken);
    });

    it("is refused by every cluster once it is revoked, while connections that were opened before continue", async () => {
        const open = stolen.connect(pair.one, 90);
        const start = Date.now();
        pair.change("root", { revoked: [revoking()] });
        await pair.walk();
        took["until every proxy has the CRL"] = (Date.now() - start) / 1000;
        await answered(refused);
        for (const name of pair.names) {
            assert.equal((await verify(pair.project, name, { limitSeconds: 60 })).exitCode, 0);
        }
        assert.deepEqual(await open, { statuses: Array<number>(90).fill(200), opened: 1 });
    });

    it("is accepted again once it is no longer revoked", async () => {
        pair.change("root", { revoked: undefined });
        pair.change(pair.one, { maxConnectionMinutes: 1 });
        await pair.walk();
        await answered(taken);
    });

    it("is not called refused while proxies are missing the CRL, and they are named", async () => {
        const open = stolen.connect(pair.one, 110);
        pair.change("root", { revoked: [revoking()] });
        // It is the kubelet that is slow here, and gives each of them the ConfigMap at a different time.
        pair.names.forEach((name) => pair.change(name, { verificationTimeoutSeconds: 1 }));
        const told = (await failure(() => pair.walk())) ?? "";
        assert.match(told, /\s\S+\/\S+\s+is\s+missing\s+the\s+latest\s+CRL\s+from\s/);
        pair.names.forEach((name) => pair.change(name, { verificationTimeoutSeconds: undefined }));
        await pair.walk();
        await answered(refused);
        const { statuses } = await open;
        const why = `no previous connection outlives its limit: ${JSON.stringify(statuses)}`;
        assert.deepEqual([statuses[0], statuses.at(-1)], [200, 0], why);
    });

    it("cost not one request of others, in the cluster and between the two", async () => {
        const outcome = await load.stop();
        console.log(`      ${JSON.stringify({ ...outcome, took })}`);
        assert.ok(outcome.requests > 1000 && outcome.streams > 4, JSON.stringify(outcome));
        assert.deepEqual(outcome.failures, []);
    });

    function revoking(): string {
        return `${pair.two}/${generation}`;
    }

    async function answered(answer: string) {
        for (const name of pair.names) {
            assert.equal(await stolen.answerOf(name), answer, name);
        }
    }
});
