import { Transfer } from "./curl";
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
export function plaintext(transfer: Transfer): Check {
    return {
        name: "refused: plaintext from outside the mesh",
        expected: "connection closed without an answer",
        observed: describe(transfer),
        ok: closed.includes(transfer.exitcode),
    };
}

/** TLS without a client certificate must end, once the server has shown its own, in a closed connection. */
export function withoutCertificate(transfer: Transfer): Check {
    return {
        name: "refused: TLS without a client certificate",
        expected: "connection closed after the handshake without an answer",
        observed: describe(transfer),
        ok: closed.includes(transfer.exitcode) && transfer.certs !== "",
    };
}

/** A foreign client certificate must be refused by an alert that means this certificate, not a missing one. */
export function foreignCertificate(transfer: Transfer): Check {
    const sent = alert(transfer);
    return {
        name: "refused: client certificate of a foreign CA",
        expected: "TLS alert that refuses the certificate",
        observed: describe(transfer),
        ok: closed.includes(transfer.exitcode) && sent !== undefined && !unrelated.includes(sent),
    };
}

/** Whether the server does not speak a protocol as old as the client's. */
export function wantsNewerProtocol(transfer: Transfer): boolean {
    return alert(transfer) === protocolVersion;
}

/** The TLS alert that OpenSSL received, in its words. */
function alert({ errormsg }: Transfer): string | undefined {
    return /(?:tls|ssl)v\w* alert ([a-z ]+)/.exec(errormsg ?? "")?.[1]?.trim();
}

function describe(transfer: Transfer): string {
    const { exitcode, errormsg, http_code } = transfer;
    if (exitcode === 0) {
        return `answered: HTTP status ${http_code}`;
    }
    const sent = alert(transfer);
    return `${sent ? `TLS alert: ${sent}` : errormsg} (curl ${exitcode})`;
}
