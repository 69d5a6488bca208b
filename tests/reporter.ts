import Mocha from "mocha";
import { keepEvidence } from "./evidence";

/** Mocha's spec reporter, which keeps the evidence of failed integration tests, with a closing line that tools can read. */
export = class Reporter extends Mocha.reporters.Spec {
    constructor(runner: Mocha.Runner, options: Mocha.MochaOptions) {
        super(runner, options);
        runner.on(Mocha.Runner.constants.EVENT_TEST_FAIL, (test: Mocha.Runnable, error: unknown) => {
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
        Mocha.reporters.Base.consoleLog(`${passes} passed, ${failures} failed${left}`);
    }
};
