import { Argument, Command, InvalidArgumentError } from "commander";
import { runCommand } from "../../cli/runCommand";
import { Bench } from "./bench";
import { fleet } from "./fleet";
import { idle } from "./idle";
import { intermediates } from "./intermediates";
import { links } from "./links";
import type { Measure } from "./measure";
import { mesh } from "./mesh";
import { preview } from "./preview";
import { proxies } from "./proxies";
import { renewal } from "./renewal";
import { report } from "./report";
import { resigning } from "./resigning";
import { rotation } from "./rotation";
import { signing } from "./signing";
import { start } from "./start";
import { formatMeasures } from "./table";
import { verdict } from "./verdict";

type Part = (bench: Bench) => Promise<Measure[]>;

/** `up` and `destroy` are two figures of the same rounds. */
const parts: Record<string, Part> = {
    up: mesh,
    destroy: mesh,
    preview,
    fleet,
    idle,
    intermediates,
    links,
    proxies,
    renewal,
    report,
    resigning,
    rotation,
    signing,
    start,
    verdict,
};

/** `start` not: it takes the clusters of `npm start`. */
const usual = Object.keys(parts).filter((name) => name !== "start");

interface Options {
    rounds: number;
    clusters: number;
    json?: boolean;
}

const program = new Command("bench")
    .description("Measure this project and what it replaces, in turn, and print the ratios")
    .addArgument(
        new Argument("[parts...]", "what to measure")
            .choices(Object.keys(parts))
            .default(usual, usual.join(" ")),
    )
    .option("--rounds <number>", "how often each side is measured", count, 2)
    .option("--clusters <number>", "of how many clusters the part fleet consists", count, 10)
    .option("--json", "print the measures as JSON")
    .action((names: string[], { rounds, clusters, json }: Options) =>
        runCommand(async () => {
            const measures: Measure[] = [];
            try {
                await Bench.run({ rounds, clusters, signal: interrupted() }, async (bench) => {
                    for (const measure of new Set(names.map((name) => parts[name]!))) {
                        measures.push(...(await measure(bench)));
                    }
                });
            } finally {
                // Including what was measured before a part failed.
                console.log(json ? JSON.stringify(measures, undefined, 4) : formatMeasures(measures));
            }
        }),
    );
void program.parseAsync();

/** Aborts when this process is asked to end, so that it can clean up. */
function interrupted(): AbortSignal {
    const controller = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        // Not `once`: execa ends the process itself if there is no listener left.
        process.on(signal, () => controller.abort(new Error(`interrupted by ${signal}`)));
    }
    return controller.signal;
}

function count(text: string): number {
    if (!/^[1-9]\d*$/.test(text)) {
        throw new InvalidArgumentError("Allowed: 1 and more.");
    }
    return Number(text);
}
