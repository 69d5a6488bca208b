import * as assert from "node:assert/strict";
import { rollbackSteps, rotationSteps } from "../../../operations/rotation/rotationSteps";

const settled = { roots: ["root"], signingRoot: "root" };
const trusting = { roots: ["root", "root-2"], signingRoot: "root" };
const signing = { roots: ["root", "root-2"], signingRoot: "root-2" };

describe("A rotation of the root", () => {
    it("trusts both, signs with the new one, trusts it alone", () => {
        assert.deepEqual(rotationSteps(settled), [
            { title: "Trust root-2 along with root", ...trusting },
            { title: "Sign with root-2", ...signing },
            { title: "Trust root-2 alone", roots: ["root-2"], signingRoot: "root-2" },
        ]);
    });

    it("resumes after it was stopped", () => {
        const titles = (now: typeof settled) => rotationSteps(now).map(({ title }) => title);
        assert.deepEqual(titles(trusting), ["Sign with root-2", "Trust root-2 alone"]);
        assert.deepEqual(titles(signing), ["Trust root-2 alone"]);
        assert.equal(
            titles({ roots: ["root-2"], signingRoot: "root-2" })[0],
            "Trust root-3 along with root-2",
        );
    });

    it("goes back from any step before the last", () => {
        assert.deepEqual(rollbackSteps(signing), [
            { title: "Sign with root again", ...trusting },
            { title: "Trust root alone", ...settled },
        ]);
        assert.deepEqual(rollbackSteps(trusting), [{ title: "Trust root alone", ...settled }]);
        assert.throws(() => rollbackSteps(settled), {
            message: "No rotation is under way: root is the only root.",
        });
    });

    it("keeps the new root's name while it is under way", () => {
        assert.deepEqual(rotationSteps(settled, "vault")[0]!.roots, ["root", "vault"]);
        assert.throws(() => rotationSteps(settled, "root"), {
            message: "Root root already signs. Name another root.",
        });
        assert.throws(() => rotationSteps(trusting, "vault"), {
            message:
                "A rotation from root to root-2 is under way. Finish it (without --to vault), or undo it (--back).",
        });
        assert.throws(() => rotationSteps({ roots: ["a", "b", "c"], signingRoot: "a" }), {
            message: "There are 3 roots: a, b, c. A rotation replaces one root with one other.",
        });
    });
});
