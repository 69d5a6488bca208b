import assert from "node:assert/strict";
import { outcomeTable } from "../../../cli/outcomeTable";
import { inParallel } from "../../../operations/inParallel";
import { Outcomes } from "../../../operations/outcomes";
import { silent } from "../../../operations/progress";

describe("What became of stacks", () => {
    it("is what happened last, except that a failure stays and what is done is not skipped", () => {
        const outcomes = new Outcomes();
        outcomes.expect(["one", "two", "three", "four"]);
        outcomes.note("one", "done");
        outcomes.note("one", "skipped");
        outcomes.note("two", "failed");
        outcomes.note("two", "done");
        outcomes.note("three", "skipped");
        outcomes.note("three", "done");
        assert.deepEqual(outcomes.of("done"), ["one", "three"]);
        assert.deepEqual(outcomes.of("skipped"), []);
        assert.deepEqual(outcomes.of("failed"), ["two"]);
        assert.deepEqual(outcomes.of("waiting"), ["four"]);
    });

    it("is shown in a few rows, with the name of each that failed, and with what was not looked at", () => {
        const names = Array.from({ length: 100 }, (_, index) => `c${index}`);
        const entries = names.map((name) => ({
            name,
            role: "cluster",
            generation: 1,
            tools: ["kubectl" as const],
        }));
        const outcomes = new Outcomes();
        outcomes.expect(names);
        names.slice(0, 20).forEach((name) => outcomes.note(name, "failed"));
        names.slice(20, 90).forEach((name) => outcomes.note(name, "skipped"));
        const shown = outcomeTable(outcomes, entries);
        assert.ok(
            names.slice(0, 20).every((name) => shown.includes(`${name},`) || shown.includes(`${name} `)),
        );
        assert.match(shown, /nothing to do since the last up\W+70\W+.* and 62 more/);
        assert.match(shown, /waits for what failed: run this again\W+10\W/);
        assert.match(shown, /`npm run review -- --refresh` finds what was changed there/);
        const alone = entries.map((entry) => ({ ...entry, tools: [] }));
        assert.doesNotMatch(outcomeTable(outcomes, alone), /--refresh/);
    });
});

describe("Tasks that would fill the screen", () => {
    it("are one line: how many are done, which failed, and which takes longest", async () => {
        const lines: string[] = [];
        const progress = { ...silent, report: (line: string) => void lines.push(line) };
        const tasks = Array.from({ length: 40 }, (_, index) => ({
            title: `c${index}`,
            run: () => (index === 3 ? Promise.reject(new Error("broken")) : Promise.resolve()),
        }));
        await assert.rejects(inParallel(progress, tasks, 4), {
            message: "1 of 40 failed",
            details: "broken",
        });
        assert.match(lines[0]!, /^0 of 40 done; 1 running, c0 for 0 s$/);
        assert.equal(lines.at(-1), "39 of 40 done, 1 failed: c3");
    });
});
