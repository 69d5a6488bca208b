import { Command } from "commander";
import { parseJson, print, PrintOptions, readText, run } from "./commandLine";
import { verifyMatrix } from "./matrix";
import { readMatrixInput } from "./matrixInput";
import { formatMatrix } from "./matrixTable";

const program = new Command("matrix")
    .description(
        "Proves by real connections whether the workloads of a mesh's clusters trust each other. Exit status: 0 yes, 1 no, 2 cannot tell.",
    )
    .requiredOption("--input <file>", "the input as JSON, - for stdin")
    .option("--json", "print the report as JSON; what failed goes to stderr in words")
    .option("--summary", "print only the report's summary as JSON, or in words to stderr what failed");

run(async (signal) => {
    const options = program.parse().opts<PrintOptions & { input: string }>();
    const input = readMatrixInput(parseJson(await readText(options.input)));
    return print(await verifyMatrix(input, signal), options, formatMatrix);
});
