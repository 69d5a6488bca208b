import * as fs from "node:fs";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { reason } from "../kube/apiError";
import { CannotVerify, readInput, VerificationInput } from "./input";
import { progress } from "./progress";
import { formatReport } from "./table";
import { verifyMesh } from "./verification";

/** Exit statuses: the mesh is as expected; it is not; nothing could be verified. */
const passed = 0;
const failed = 1;
const cannotVerify = 2;

interface Options {
    input?: string;
    kubeconfig?: string;
    context?: string;
    rootCert?: string;
    caCert?: string;
    limit?: string;
    exclude?: string[];
    json?: boolean;
    summary?: boolean;
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

async function main(): Promise<number> {
    const options = program.parse().opts<Options>();
    const interrupted = new AbortController();
    for (const name of ["SIGINT", "SIGTERM"] as const) {
        process.once(name, () => interrupted.abort(new CannotVerify(`ended by ${name}`)));
    }
    const input = readInput(await gatherInput(options));
    const report = await verifyMesh(input, {
        signal: interrupted.signal,
        ...(!options.json && { onProgress: progress((line) => void process.stderr.write(`${line}\n`)) }),
    }).catch((error: Error) => {
        // Everything that was under way fails with an error of its own when it is aborted.
        throw interrupted.signal.aborted ? (interrupted.signal.reason as Error) : error;
    });
    if (options.summary ? report.verdict === "passed" : options.json) {
        await write(
            process.stdout,
            `${JSON.stringify(options.summary ? report.summary : report, undefined, 4)}\n`,
        );
    }
    const forPrograms = options.json || options.summary;
    if (!forPrograms || report.verdict === "failed") {
        const stream = forPrograms ? process.stderr : process.stdout;
        await write(stream, formatReport(report, useColour(stream)));
    }
    return report.verdict === "passed" ? passed : failed;
}

/** The JSON input, overridden by the options. */
async function gatherInput(options: Options): Promise<Partial<VerificationInput>> {
    const json = options.input === undefined ? process.env["VERIFY_INPUT"] : await readText(options.input);
    const { kubeconfig, context, rootCert, caCert, limit, exclude } = options;
    return {
        ...(json === undefined ? {} : parseJson(json)),
        ...(kubeconfig && { kubeconfig }),
        ...(context && { context }),
        ...(rootCert && { rootCert: await readText(rootCert) }),
        ...(caCert && { caCert: await readText(caCert) }),
        ...(limit && { limitSeconds: Number(limit) }),
        ...(exclude && { exclude }),
    };
}

function parseJson(json: string): Partial<VerificationInput> {
    try {
        return JSON.parse(json) as Partial<VerificationInput>;
    } catch (error) {
        throw new CannotVerify(`the input is not JSON: ${reason(error)}`);
    }
}

async function readText(file: string): Promise<string> {
    try {
        return file === "-" ? await text(process.stdin) : fs.readFileSync(file, "utf8");
    } catch (error) {
        throw new CannotVerify(`cannot read ${file}: ${reason(error)}`);
    }
}

function useColour(stream: NodeJS.WriteStream): boolean {
    return stream.isTTY && process.env["NO_COLOR"] === undefined;
}

function write(stream: NodeJS.WriteStream, content: string): Promise<void> {
    return new Promise((resolve) => stream.write(content, () => resolve()));
}

// The connections that the clients keep alive must not keep the program running.
main().then(
    (status) => process.exit(status),
    async (error: unknown) => {
        await write(process.stderr, `Cannot verify the mesh: ${reason(error)}\n`);
        process.exit(cannotVerify);
    },
);
