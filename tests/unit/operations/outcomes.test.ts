import assert from "node:assert/strict";
import { events } from "../../../cli/events";
import { outcomeTable } from "../../../cli/outcomeTable";
import { inParallel } from "../../../operations/inParallel";
import { Outcomes } from "../../../operations/outcomes";
import { Progress, silent } from "../../../operations/progress";

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
        assert.match(shown, /waits: run this again\W+10\W/);
        assert.match(shown, /`npm run review -- --refresh` finds what was changed there/);
        const alone = entries.map((entry) => ({ ...entry, tools: [] }));
        assert.doesNotMatch(outcomeTable(outcomes, alone), /--refresh/);
    });
});

describe("Tasks that would fill the screen", () => {
    it("are one line: how many are done, which failed, and which takes longest", async () => {
        const lines: string[] = [];
        const progress = { ...silent, counts: true, report: (line: string) => void lines.push(line) };
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

describe("Events for programs", () => {
    it("say of each task, in a line, when it starts, what it reports and how it ends", async () => {
        const lines: string[] = [];
        const fails = { title: "c2", run: () => Promise.reject(new Error("broken")) };
        const reports = {
            title: "c1",
            run: (progress: Progress) => Promise.resolve(progress.report("half")),
        };
        const tasks = [
            { title: "Look", skip: () => Promise.resolve("nothing to do"), run: () => Promise.resolve() },
            { title: "Plug in", run: (below: Progress) => inParallel(below, [reports, fails], 1) },
        ];
        await assert.rejects(events((line) => lines.push(line)).inTurn(tasks), { message: "1 of 2 failed" });
        const all = lines.map((line) => JSON.parse(line) as { task: string[]; event: string; text?: string });
        assert.deepEqual(
            all.map(({ task, event, text }) => [task.join("/"), event, ...(text ? [text] : [])]),
            [
                ["Look", "skipped", "nothing to do"],
                ["Plug in", "started"],
                ["Plug in/c1", "started"],
                ["Plug in/c1", "progress", "half"],
                ["Plug in/c1", "done"],
                ["Plug in/c2", "started"],
                ["Plug in/c2", "failed"],
                ["Plug in", "failed"],
            ],
        );
    });
});
