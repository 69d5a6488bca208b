import * as path from "node:path";
import Mocha from "mocha";
import { keepEvidence } from "./evidence";

/** Mocha's spec reporter, which keeps the evidence of failed integration tests, with a closing line that tools can read. */
export = class Reporter extends Mocha.reporters.Spec {
    private readonly failed = new Set<string>();

    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test: Mocha.Runnable, error: unknown) => {
            this.failed.add(path.relative(process.cwd(), test.file ?? "a root hook"));
            const dir = keepEvidence(test.fullTitle(), error);
            if (dir !== undefined) {
                Mocha.reporters.Base.consoleLog(`      evidence: ${dir}`);
            }
        });
    }

    override epilogue() {
        super.epilogue();
        const { passes, failures, pending } = this.stats;
        const left = pending > 0 ? `, ${pending} left` : "";
        const files = failures > 0 ? ` in ${[...this.failed].join(", ")}` : "";
        Mocha.reporters.Base.consoleLog(`${passes} passed, ${failures} failed${left}${files}`);
    }
};
