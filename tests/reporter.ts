import Mocha from "mocha";

/** Mocha's spec reporter, with a closing line that tools can read. */
export = class Reporter extends Mocha.reporters.Spec {
    override epilogue() {
        super.epilogue();
        Mocha.reporters.Base.consoleLog(`${this.stats.passes} passed, ${this.stats.failures} failed`);
    }
};
