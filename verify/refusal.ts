import { CommandResult } from "./cluster";
import { Check } from "./report";

/**
 * Exit codes of curl that mean that the server, once reached, ended the connection without an answer: a failed
 * handshake, an empty reply, a failed send (16 over HTTP/2) or receive.
 */
const closed = [16, 35, 52, 55, 56];

/** The alert of a server whose oldest protocol is above TLS 1.2. */
const protocolVersion = "protocol version";

/** What servers say to a client without a certificate, in TLS 1.3 and 1.2. */
const missingCertificate = ["certificate required", "handshake failure"];

const unrelated = [...missingCertificate, protocolVersion];

/** Plain HTTP must end in a closed connection; that the server could not be reached proves nothing. */
export function plaintext(result: CommandResult): Check {
    return {
        name: "refused: plaintext from outside the mesh",
        expected: "connection closed without an answer",
        observed: describe(result),
        ok: closed.includes(result.exitCode),
    };
}

/** TLS without a client certificate must end, once the server has shown its own, in a closed connection. */
export function withoutCertificate(result: CommandResult, shookHands: boolean): Check {
    return {
        name: "refused: TLS without a client certificate",
        expected: "connection closed after the handshake without an answer",
        observed: describe(result),
        ok: closed.includes(result.exitCode) && shookHands,
    };
}

/** A foreign client certificate must be refused by an alert that means this certificate, not a missing one. */
export function foreignCertificate(result: CommandResult): Check {
    const sent = alert(result);
    return {
        name: "refused: client certificate of a foreign CA",
        expected: "TLS alert that refuses the certificate",
        observed: describe(result),
        ok: closed.includes(result.exitCode) && sent !== undefined && !unrelated.includes(sent),
    };
}

/** Whether the server does not speak a protocol as old as the client's. */
export function wantsNewerProtocol(result: CommandResult): boolean {
    return alert(result) === protocolVersion;
}

/** The TLS alert that OpenSSL received, in its words. */
function alert({ stderr }: CommandResult): string | undefined {
    return /(?:tls|ssl)v\w* alert ([a-z ]+)/.exec(stderr)?.[1]?.trim();
}

function describe(result: CommandResult): string {
    const { exitCode, stdout, stderr } = result;
    if (exitCode === 0) {
        return `answered: HTTP status ${stdout.trim()}`;
    }
    const sent = alert(result);
    const message = stderr.trim().replace(/^curl: \(\d+\) /, "");
    return sent ? `TLS alert: ${sent} (curl ${exitCode})` : `${message} (curl ${exitCode})`;
}
