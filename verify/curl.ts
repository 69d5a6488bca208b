import { CommandResult } from "../kube/cluster";

/** One transfer as curl reports it (curl(1), --write-out '%{json}'; curl 7.88 or newer). */
export interface Transfer {
    exitcode: number;
    errormsg: string | null;
    /** 0 if there was no answer. */
    http_code: number;
    /** What the server served, PEM between other text; empty without a handshake. */
    certs: string;
}

/** Between the arguments of two transfers. */
export const next = "--next";

/** curl's arguments for a transfer that is reported on stderr. */
export function transfer(url: string, ...options: string[]): string[] {
    return ["--silent", "--max-time", "5", "--write-out", "%{stderr}%{json}\n", ...options, url];
}

/** The same without a body on stdout. */
export function probe(url: string, ...options: string[]): string[] {
    return transfer(url, "--output", "/dev/null", ...options);
}

/**
 * What curl reported of its transfers, in their order.
 *
 * @throws Error with what it wrote instead.
 */
export function parseTransfers({ exitCode, stderr }: CommandResult): Transfer[] {
    try {
        return stderr
            .trim()
            .split("\n")
            .map((line) => JSON.parse(line) as Transfer);
    } catch (error) {
        throw new Error(`curl reported nothing (exit status ${exitCode}): ${stderr.trim()}`, {
            cause: error,
        });
    }
}
