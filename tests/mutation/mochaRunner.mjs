import Module from "node:module";

/*
 * Stryker's runner for mocha, which asks for mocha's files without an extension: since mocha 12 they end in .cjs, which Node.js
 * does not try by itself.
 */
Module._extensions[".cjs"] ??= Module._extensions[".js"];

const { strykerPlugins: plugins, strykerValidationSchema } = await import("@stryker-mutator/mocha-runner");

/**
 * Makes a runner that knows for which tests a `before` runs. Stryker's own takes what it covers for covered by the last test of the
 * suite above, or while the files are loaded; then the wrong tests are run, or all of them in a new process.
 */
function factory(...tokens) {
    const runner = plugins[0].factory(...tokens);
    const { dryRun, runMocha } = runner;
    const suites = new Map();
    runner.runMocha = function () {
        // Its first run is the dry one.
        runner.runMocha = runMocha;
        return new Promise((resolve) => {
            this.mocha
                .run(() => resolve())
                .on("hook", ({ type, title, parent }) => {
                    if (type === "hook" && title.startsWith('"before all"')) {
                        const id = `${title} of ${parent.fullTitle()}`;
                        suites.set(id, parent);
                        this.instrumenterContext.currentTestId = id;
                    }
                });
        });
    };
    runner.dryRun = async function (options) {
        const result = await dryRun.call(this, options);
        const { perTest } = result.mutantCoverage ?? {};
        for (const [id, suite] of suites) {
            const covered = perTest?.[id] ?? {};
            delete perTest?.[id];
            suite.eachTest((test) => {
                const own = (perTest[test.fullTitle()] ??= {});
                for (const [mutant, hits] of Object.entries(covered)) {
                    own[mutant] = (own[mutant] ?? 0) + hits;
                }
            });
        }
        return result;
    };
    return runner;
}
factory.inject = plugins[0].factory.inject;

export const strykerPlugins = [{ ...plugins[0], factory }];
export { strykerValidationSchema };
