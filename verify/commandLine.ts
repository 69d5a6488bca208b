import * as fs from "node:fs";
import { text } from "node:stream/consumers";
import { reason } from "../kube/apiError";
import { CannotVerify } from "./input";
import type { Verdict } from "./report";

/** Exit statuses: the mesh is as expected; it is not; nothing could be verified. */
const passed = 0;
const failed = 1;
const cannotVerify = 2;

/** How a report is printed. */
export interface PrintOptions {
    /** As JSON; what failed goes to stderr in words. */
    json?: boolean;
    /** Only its summary as JSON, or in words to stderr what failed. */
    summary?: boolean;
}

/** Runs a program that verifies something, and ends the process with its exit status. */
export function run(main: (signal: AbortSignal) => Promise<number>): void {
    const interrupted = new AbortController();
    for (const name of ["SIGINT", "SIGTERM"] as const) {
        process.once(name, () => interrupted.abort(new CannotVerify(`ended by ${name}`)));
    }
    // The connections that the clients keep alive must not keep the program running.
    main(interrupted.signal).then(
        (status) => process.exit(status),
        async (error: unknown) => {
            // Everything that was under way fails with an error of its own when it is aborted.
            const cause: unknown = interrupted.signal.aborted ? interrupted.signal.reason : error;
            await write(process.stderr, `Cannot verify the mesh: ${reason(cause)}\n`);
            process.exit(cannotVerify);
        },
    );
}

/** Prints a report. @returns the exit status */
export async function print<Report extends { verdict: Verdict; summary: object }>(
    report: Report,
    { json, summary }: PrintOptions,
    format: (report: Report, colour: boolean) => string,
): Promise<number> {
    if (summary ? report.verdict === "passed" : json) {
        const printed = summary ? report.summary : report;
        await write(process.stdout, `${JSON.stringify(printed, undefined, 4)}\n`);
    }
    const forPrograms = json || summary;
    if (!forPrograms || report.verdict === "failed") {
        const stream = forPrograms ? process.stderr : process.stdout;
        await write(stream, format(report, useColour(stream)));
    }
    return report.verdict === "passed" ? passed : failed;
}

/** @throws CannotVerify if it is not JSON. */
export function parseJson(json: string): unknown {
    try {
        return JSON.parse(json);
    } catch (error) {
        throw new CannotVerify(`the input is not JSON: ${reason(error)}`);
    }
}

/** @throws CannotVerify if the file cannot be read; - is stdin. */
export async function readText(file: string): Promise<string> {
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
