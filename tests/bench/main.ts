import { Command, InvalidArgumentError } from "commander";
import { main } from "../../cli/tasks";
import { Bench } from "./bench";
import { intermediates } from "./intermediates";
import type { Measure } from "./measure";
import { mesh } from "./mesh";
import { preview } from "./preview";
import { formatMeasures } from "./table";

type Part = (bench: Bench) => Promise<Measure[]>;

const parts: Record<string, Part> = { up: mesh, destroy: mesh, preview, intermediates };

interface Options {
    rounds: number;
    json?: boolean;
}

const program = new Command("bench")
    .description("Measure this project beside what it replaces, in turns, and print the ratios")
    .argument("[parts...]", `what to measure: ${Object.keys(parts).join(", ")}; default: all but start`)
    .option("--rounds <number>", "how often each side is measured", count, 2)
    .option("--json", "print the measures as JSON")
    .action((names: string[], { rounds, json }: Options) =>
        main(async () => {
            const measures = await Bench.run({ rounds, signal: interrupted() }, async (bench) => {
                const all: Measure[] = [];
                for (const part of chosen(names)) {
                    all.push(...(await part(bench)));
                }
                return all;
            });
            console.log(json ? JSON.stringify(measures, undefined, 4) : formatMeasures(measures));
        }),
    );
void program.parseAsync();

/** Each once: up and destroy are measured together. */
function chosen(names: string[]): Set<Part> {
    return new Set((names.length > 0 ? names : Object.keys(parts)).map((name) => parts[name]!));
}

/** Aborts when this process is told to end, so that it can clean up. */
function interrupted(): AbortSignal {
    const controller = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
        process.once(signal, () => controller.abort(new Error(`interrupted by ${signal}`)));
    }
    return controller.signal;
}

function count(text: string): number {
    if (!/^[1-9]\d*$/.test(text)) {
        throw new InvalidArgumentError("Allowed: 1 and more.");
    }
    return Number(text);
}
