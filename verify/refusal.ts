import { CommandResult } from "./cluster";
import { Check } from "./report";

/** Exit codes of curl that mean that the server, once reached, ended the connection without an answer. */
const emptyReply = 52;
const receiveError = 56;
const tlsError = 35;

/** Plain HTTP must end in a closed connection; that the server could not be reached proves nothing. */
export function plaintext(result: CommandResult): Check {
    return {
        name: "refused: plaintext from outside the mesh",
        expected: "connection closed without an answer",
        observed: describe(result),
        ok: [emptyReply, receiveError].includes(result.exitCode),
    };
}

/** TLS without a client certificate must end in the alert that asks for one. */
export function withoutCertificate(result: CommandResult): Check {
    return {
        name: "refused: TLS without a client certificate",
        expected: "TLS alert: certificate required",
        observed: describe(result),
        ok: isTlsFailure(result) && asksForCertificate(result),
    };
}

/** A foreign client certificate must be refused, and by another alert than a missing one. */
export function foreignCertificate(result: CommandResult): Check {
    return {
        name: "refused: client certificate of a foreign CA",
        expected: "TLS alert that refuses the certificate",
        observed: describe(result),
        ok: isTlsFailure(result) && /alert/.test(result.stderr) && !asksForCertificate(result),
    };
}

function isTlsFailure({ exitCode }: CommandResult): boolean {
    return [tlsError, receiveError].includes(exitCode);
}

function asksForCertificate({ stderr }: CommandResult): boolean {
    return /alert certificate required/.test(stderr);
}

function describe({ exitCode, stdout, stderr }: CommandResult): string {
    if (exitCode === 0) {
        return `answered: HTTP status ${stdout.trim()}`;
    }
    const message = stderr.trim().replace(/^curl: \(\d+\) /, "");
    const alert = /tls\w* alert ([a-z ]+)/.exec(message)?.[1];
    return alert ? `TLS alert: ${alert} (curl ${exitCode})` : `${message} (curl ${exitCode})`;
}
