import * as assert from "node:assert/strict";
import { rotate } from "../../operations/rotation/rotate";
import { standingRoots } from "../../operations/rotation/rotationSettings";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { failure } from "../integration/fault";
import { apiServerAway, heldBack, istiodRestart, killed, struck, upOfAll } from "../integration/faults";
import { outputs } from "../integration/fixture";
import { Load } from "../integration/load";
import { Pair } from "../integration/pair";
import { samplePods, trustedRoots } from "../integration/samples";
import { StolenCa } from "../integration/stolenCa";
import { whileThereIsTime } from "./deadline";
import { inTurn } from "./inTurn";
import { afterSteps, rotateTo } from "./rotateTo";

/** What an operation does, once everything that it needs is prepared. */
interface Prepared {
    /** The operation; run again if it failed. */
    run: () => Promise<unknown>;
    /** The same for a process of its own, in which `project` is the project. */
    statement: string;
    /** What must be true afterwards. */
    proof: () => Promise<void>;
    /** Whether it changes CRLs alone, which Envoy reads from the files that the kubelet brings, whatever its agent does. */
    crlsAlone?: boolean;
}

type Operation = (pair: Pair) => Promise<Prepared>;

/** Every operation on a live mesh, each from wherever the previous one left the pair. */
const operations: Record<string, Operation> = {
    "a renewal in place": async (pair) => {
        const before = await fingerprints(pair);
        pair.renew();
        return walked(pair, async () => {
            const after = await fingerprints(pair);
            assert.ok(after.every((each, index) => each !== before[index]));
        });
    },
    "a new key": (pair) => {
        pair.nextKey(pair.one);
        return walked(pair, async () => {
            const { ca } = await outputs<ClusterOutputs>(pair.project, pair.one);
            assert.equal(ca!.generation, pair.generation(pair.one));
        });
    },
    "a revocation": async (pair) => {
        const stolen = await revokePreviousKey(pair);
        const refused = /^TLS alert: (certificate revoked|unknown ca|certificate unknown) /;
        return { ...(await walked(pair, () => answered(pair, stolen, refused))), crlsAlone: true };
    },
    "a revocation that is taken back": async (pair) => {
        const stolen = await revokePreviousKey(pair);
        await pair.walk();
        pair.change("root", { revoked: undefined });
        const trusted = /^answered: HTTP status 200$/;
        return { ...(await walked(pair, () => answered(pair, stolen, trusted))), crlsAlone: true };
    },
    "trust in the next root": (pair) => rotationStep(pair, 1),
    "signing with the next root": (pair) => rotationStep(pair, 2),
    "the end of trust in the previous root": (pair) => rotationStep(pair, 3),
    "a rotation that is undone": async (pair) => {
        await rotateTo(pair.project, await afterSteps(pair.project, 1));
        const { roots } = (await standingRoots(pair.project, "root"))!;
        return {
            run: () => rotate(pair.project, "root", { back: true }),
            statement: 'require("./operations/rotation/rotate").rotate(project, "root", { back: true })',
            proof: () => trusts(pair, [roots[0]!]),
        };
    },
};

/** Every fault; it strikes when `cacerts` of the first cluster has changed. */
const faults: Record<string, (pair: Pair, prepared: Prepared) => Promise<void>> = {
    "an API server is away": async (pair, { run }) => struck(run, pair.one, await apiServerAway(pair.one)),
    "an istiod restarts": (pair, { run }) => struck(run, pair.one, istiodRestart(pair.one)),
    "it is killed": async (pair, { run, statement }) => {
        await killed(pair.project, statement, pair.one, run);
        await run();
    },
    "a proxy is held back": async (pair, { run, crlsAlone = false }) => {
        pair.change(pair.one, { verificationTimeoutSeconds: crlsAlone ? 1 : 30 });
        const told = await (crlsAlone ? failure(run) : heldBack(pair.one, run));
        pair.change(pair.one, { verificationTimeoutSeconds: undefined });
        const named = crlsAlone
            ? /Stack pair1:.*\bmissing\s+the\s+latest\s+CRL/s
            : /Stack pair1:.* foo\/httpbin-/;
        assert.match(told ?? "", named);
        await run();
    },
};

/**
 * All operations with all faults, under load. `npm test` has each operation and each fault once: what a fault strikes is the
 * same in all operations, an `up` that has changed `cacerts`, and the gate that sees the proxies pick it up.
 */
describe("Under load, with every fault,", function () {
    this.timeout("15m");
    let pair: Pair;

    before(async () => {
        pair = await Pair.shared();
    });

    const cases = Object.keys(operations).flatMap((operation) =>
        Object.keys(faults).map((fault) => ({ operation, fault })),
    );
    for (const { operation, fault } of inTurn(cases)) {
        it(`${operation} costs not one request though ${fault}`, async function () {
            whileThereIsTime(this);
            const pods = await samplePods(pair.names);
            const load = await Load.throughGateway(pair.one, pair.two);
            let outcome;
            try {
                const prepared = await operations[operation]!(pair);
                await faults[fault]!(pair, prepared);
                await prepared.proof();
            } finally {
                outcome = await load.stop();
            }
            console.log(`      ${JSON.stringify(outcome)}`);
            assert.ok(outcome.requests > 1000 && outcome.streams > 1, JSON.stringify(outcome));
            assert.deepEqual(outcome.failures, []);
            assert.deepEqual(await samplePods(pair.names), pods);
        });
    }
});

function walked(pair: Pair, proof: () => Promise<void>): Promise<Prepared> {
    return Promise.resolve({ run: () => pair.walk(), statement: upOfAll, proof });
}

/** Gives the first cluster another key, and has the next `up` revoke the previous one, which is returned. */
async function revokePreviousKey(pair: Pair): Promise<StolenCa> {
    const stolen = await StolenCa.from(pair.one);
    const generation = pair.generation(pair.one);
    pair.nextKey(pair.one);
    await pair.walk();
    pair.change("root", { revoked: [`${pair.one}/${generation}`] });
    return stolen;
}

/** The step of a rotation after which this many are taken. */
async function rotationStep(pair: Pair, taken: 1 | 2 | 3): Promise<Prepared> {
    await rotateTo(pair.project, await afterSteps(pair.project, taken - 1));
    const target = await afterSteps(pair.project, taken);
    return {
        run: () => rotateTo(pair.project, target),
        statement: `require("./tests/soak/rotateTo").rotateTo(project, ${JSON.stringify(target)})`,
        proof: () => trusts(pair, target.roots),
    };
}

async function trusts(pair: Pair, names: string[]): Promise<void> {
    const { roots } = await outputs<RootOutputs>(pair.project, "root");
    assert.deepEqual(Object.keys(roots).sort(), [...names].sort());
    const expected = Object.values(roots).map(({ fingerprint }) => fingerprint);
    for (const name of pair.names) {
        assert.deepEqual(await trustedRoots(name), expected.sort());
    }
}

async function answered(pair: Pair, stolen: StolenCa, answer: RegExp): Promise<void> {
    for (const name of pair.names) {
        assert.match(await stolen.answerOf(name), answer);
    }
}

/** Of each cluster's CA. */
function fingerprints(pair: Pair): Promise<string[]> {
    return Promise.all(
        pair.names.map(async (name) => (await outputs<ClusterOutputs>(pair.project, name)).ca!.fingerprint),
    );
}
