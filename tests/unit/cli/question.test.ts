import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { askForName, askOnTerminal } from "../../../cli/question";

describe("A question on the terminal", () => {
    /** A terminal at which somebody types; then its input ends, or with undefined does not. */
    function terminal(typed: string, { isTTY = false, end = true } = {}) {
        const input = Object.assign(new PassThrough(), { isTTY, setRawMode: () => input });
        const output = Object.assign(new PassThrough(), { isTTY });
        input.write(typed);
        if (end) {
            input.end();
        }
        return { input, output };
    }

    for (const [typed, answer] of [
        ["yes\n", true],
        ["y\n", true],
        [" YES \n", true],
        ["no\n", false],
        ["\n", false],
        ["yess\n", false],
        ["yes no\n", false],
    ] as const) {
        it(`takes ${JSON.stringify(typed)} for ${answer ? "yes" : "no"}`, async () => {
            assert.equal(await askOnTerminal("Continue?", terminal(typed)), answer);
        });
    }

    it("is answered with no by the end of input", async () => {
        assert.equal(await askOnTerminal("Continue?", terminal("")), false);
        assert.equal(await askForName("Name?", "root", terminal("")), false);
    });

    it("is answered with no by Ctrl-C", async () => {
        assert.equal(
            await askOnTerminal("Continue?", terminal("ye\x03", { isTTY: true, end: false })),
            false,
        );
        assert.equal(
            await askForName("Name?", "root", terminal("root\x03", { isTTY: true, end: false })),
            false,
        );
    });

    it("requires exactly the name", async () => {
        assert.equal(await askForName("Name?", "root", terminal("root\n")), true);
        for (const typed of ["Root\n", "roo\n", "root cluster1\n", "yes\n", "\n"]) {
            assert.equal(await askForName("Name?", "root", terminal(typed)), false, typed);
        }
    });
});
