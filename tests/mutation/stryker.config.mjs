import { log } from "node:console";
import { env } from "node:process";
import { of, seed } from "./sample.mjs";

/*
 * `npm run test:mutation`: whether the unit tests notice what is changed in what decides on keys and trust. It takes about ten
 * minutes on two cores; `SAMPLE=1` mutates everything, `-- --mutate pki/crl.ts` one file.
 */
log(`One function of ${of} is mutated (SAMPLE=${of} SEED=${seed}).`);

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
    plugins: ["./tests/mutation/mochaRunner.mjs", "./tests/mutation/sample.mjs"],
    ignorers: ["sample"],
    mutate: ["pki/**/*.ts", "config/**/*.ts", "stacks/**/*.ts"],
    testRunner: "mocha",
    // Those in tests/unit/local and tests/unit/docs are of no code that is mutated, and look at the checkout.
    mochaOptions: { config: ".mocharc.json", spec: ["tests/unit/*.test.ts", "tests/unit/verify/*.test.ts"] },
    coverageAnalysis: "perTest",
    concurrency: Number(env.CONCURRENCY ?? 2),
    // Other programs on the machine may slow a test down; only what never ends is a timeout.
    timeoutMS: 20_000,
    disableTypeChecks: false,
    ignorePatterns: [".local", "dist", "docs/reference"],
    tempDirName: ".local/mutation/sandbox",
    reporters: ["progress-append-only", "clear-text", "json"],
    clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false, logTests: false },
    jsonReporter: { fileName: ".local/mutation/report.json" },
    thresholds: { high: 98, low: 95, break: 95 },
};
