import { Command } from "commander";
import { parseJson, print, PrintOptions, readText, run } from "./commandLine";
import { readInput, VerificationInput } from "./input";
import { progress } from "./progress";
import { formatReport } from "./table";
import { verifyMesh } from "./verification";

interface Options extends PrintOptions {
    input?: string;
    kubeconfig?: string;
    context?: string;
    rootCert?: string;
    caCert?: string;
    limit?: string;
    exclude?: string[];
}

const program = new Command("verify")
    .description(
        "Proves by real connections which CA a mesh runs under. Exit status: 0 yes, 1 no, 2 cannot tell.",
    )
    .option(
        "--input <file>",
        "the input as JSON, - for stdin (default: the environment variable VERIFY_INPUT)",
    )
    .option("--kubeconfig <file>", "kubeconfig of the cluster (default: as kubectl)")
    .option("--context <name>", "context of the kubeconfig (default: its current one)")
    .option("--root-cert <file>", "root-cert.pem, the root that the mesh must trust")
    .option("--ca-cert <file>", "ca-cert.pem, the cluster's intermediate")
    .option("--limit <seconds>", "how long a check that fails is repeated (default: 60)")
    .option(
        "--exclude <pattern...>",
        "proxies to leave out, as namespace/pod or node/name, * for any characters",
    )
    .option("--json", "print the report as JSON; what failed goes to stderr in words")
    .option("--summary", "print only the report's summary as JSON, or in words to stderr what failed");

run(async (signal) => {
    const options = program.parse().opts<Options>();
    const input = readInput(await gatherInput(options));
    const report = await verifyMesh(input, {
        signal,
        ...(!options.json && { onProgress: progress((line) => void process.stderr.write(`${line}\n`)) }),
    });
    return print(report, options, formatReport);
});

/** The JSON input, overridden by the options. */
async function gatherInput(options: Options): Promise<Partial<VerificationInput>> {
    const json = options.input === undefined ? process.env["VERIFY_INPUT"] : await readText(options.input);
    const { kubeconfig, context, rootCert, caCert, limit, exclude } = options;
    return {
        ...(json === undefined ? {} : (parseJson(json) as Partial<VerificationInput>)),
        ...(kubeconfig && { kubeconfig }),
        ...(context && { context }),
        ...(rootCert && { rootCert: await readText(rootCert) }),
        ...(caCert && { caCert: await readText(caCert) }),
        ...(limit && { limitSeconds: Number(limit) }),
        ...(exclude && { exclude }),
    };
}
