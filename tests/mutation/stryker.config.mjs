import { log } from "node:console";
import { env } from "node:process";
import { of, seed } from "./sample.mjs";

/*
 * `npm run test:mutation`: whether the unit tests notice what is changed in what decides on keys and trust. It takes about ten
 * minutes on two cores; `SAMPLE=1` mutates everything, `-- --mutate pki/crl.ts` one file.
 */

/** The cheapest first, and what they are about: as soon as one test fails, no other is run. */
const first = [
    ...[
        "pki/der",
        "pki/profile",
        "stacks/expiry",
        "stacks/reissue",
        "pki/signCommand",
        "config/configFaults",
        "config/config",
    ],
    ...["stacks/revocation", "pki/crl", "pki/csr", "pki/pem", "pki/signedCertificate", "pki/rules"],
];

/** The tests of what is mutated, and of what shows its work; those of check and sign run programs in which nothing is mutated. */
const folders = ["pki", "config", "stacks", "components", "report", "review"].map(
    (name) => `tests/unit/${name}/*.test.ts`,
);
const without = ["components/istioInstall", "config/declaredSettings"];

/** Tests of the same: one that runs a program in a process of its own, and one that measures time, which mutants take. */
const unfit = "npm run sign|in linear time";

const file = (name) => `tests/unit/${name}.test.ts`;

log(`One function of ${of} is mutated (SAMPLE=${of} SEED=${seed}).`);

/** @type {import("@stryker-mutator/api/core").PartialStrykerOptions} */
export default {
    plugins: ["./tests/mutation/mochaRunner.mjs", "./tests/mutation/sample.mjs"],
    ignorers: ["sample"],
    mutate: ["pki/**/*.ts", "config/**/*.ts", "stacks/**/*.ts"],
    testRunner: "mocha",
    mochaOptions: {
        config: ".mocharc.json",
        spec: [...first.map(file), ...folders, file("operations/rotationSteps")],
        ignore: without.map(file),
        grep: `^(?!.*(${unfit}))`,
    },
    coverageAnalysis: "perTest",
    concurrency: Number(env.CONCURRENCY ?? 2),
    // Other programs on the machine may slow a test down; only what never ends is a timeout.
    timeoutMS: 20_000,
    dryRunTimeoutMinutes: 15,
    disableTypeChecks: false,
    ignorePatterns: [".local", "dist", "docs/reference"],
    tempDirName: ".local/mutation/sandbox",
    reporters: ["progress-append-only", "clear-text", "json"],
    clearTextReporter: { allowColor: false, allowEmojis: false, reportTests: false, logTests: false },
    jsonReporter: { fileName: ".local/mutation/report.json" },
    thresholds: { high: 98, low: 95, break: 95 },
};
