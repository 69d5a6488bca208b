import assert from "node:assert/strict";
import { DetailedError } from "../../../operations/errors";
import { Fault, strikeAt } from "../../integration/fault";
import { apiServerErrors } from "../../integration/faults";

const refused = `Stack pair1: pulumi:pulumi:Stack (istio-plugin-ca-pair1):
    error: update failed

  kubernetes:core/v1:Secret (cacerts-secret):
    error: update of resource "urn:cacerts-secret" failed: Patch "https://127.0.0.1:42361/api": socket hang up
    unable to get cluster state: Get "https://127.0.0.1:42361/api": Client network socket disconnected`;

const other = `

  command:local:Command (verification):
    error: exit status 1: 3 of 4 proxies lag behind`;

describe("An operation that a planted fault strikes", () => {
    const now = Promise.resolve();

    it("succeeds once, after the fault", async () => {
        const { runs, struck } = await outcome(now, { causes: /away/ }, []);
        assert.deepEqual([runs, struck], [1, true]);
    });

    it("is repeated if it failed because of the fault", async () => {
        const { runs, struck } = await outcome(now, { causes: /away/ }, [new Error("is away")]);
        assert.deepEqual([runs, struck], [2, true]);
        const away = new DetailedError("failed", refused);
        assert.equal((await outcome(now, { causes: apiServerErrors }, [away])).runs, 2);
    });

    it("fails if it failed for another reason, alone or along with the fault's", async () => {
        for (const details of [other, refused + other, "Nothing was changed."]) {
            const { error, runs } = await outcome(now, { causes: apiServerErrors }, [
                new DetailedError("failed", details),
            ]);
            assert.match(error!, /not because of the planted fault:\n/);
            assert.ok(error!.endsWith(details));
            assert.equal(runs, 1);
        }
    });

    it("fails at once if it failed before the fault struck", async () => {
        const never = new Promise<void>(() => undefined);
        const { error, struck } = await outcome(never, { causes: /away/ }, [new Error("is away")]);
        assert.match(error!, /is away/);
        assert.equal(struck, false);
    });

    it("fails if the fault causes no error, or if its repetition fails", async () => {
        assert.match((await outcome(now, {}, [new Error("is away")])).error!, /is away/);
        const twice = [new Error("is away"), new Error("is away again")];
        assert.match((await outcome(now, { causes: /away/ }, twice)).error!, /^is away again$/);
    });

    it("fails if the fault cannot strike", async () => {
        const broken = { strike: () => Promise.reject(new Error("no such process")) };
        assert.match((await outcome(now, broken, [])).error!, /no such process/);
        assert.match((await outcome(Promise.reject(new Error("no change")), {}, [])).error!, /no change/);
    });
});

/** @param failures - what the operation's runs fail by, in their order; later ones succeed */
async function outcome(moment: Promise<void>, fault: Partial<Fault>, failures: Error[]) {
    const left = [...failures];
    let struck = false;
    let runs = 0;
    const strike = () => Promise.resolve(void (struck = true));
    const operation = () => {
        runs++;
        return new Promise<void>((resolve, reject) =>
            // After the fault had its turn.
            setImmediate(() => (left.length > 0 ? reject(left.shift()!) : resolve())),
        );
    };
    const error = await strikeAt(moment, { strike, ...fault }, operation).then(
        () => undefined,
        ({ message }: Error) => message,
    );
    return { error, runs, struck };
}
