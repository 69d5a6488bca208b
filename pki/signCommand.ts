/**
 * How a command line gives a PIN or a passphrase: in the URI of a PKCS #11 object (RFC 7512), by OpenSSL's `-passin` and its kin,
 * or by the options of pkcs11-tool and most others. Named as they stand there, without what follows.
 */
const inline = /\bpin-value=|\bpass:|(?:^|\s)--?(?:pin|so-pin|password|passwd)(?:=|\s+)(?!env:|file:)(?=\S)/i;

/** What of a command's text is a PIN or a passphrase, up to its name; undefined if there is none. */
export function inlineSecret(command: string): string | undefined {
    const [found] = inline.exec(command) ?? [];
    return found?.trim();
}

/** What to do instead. */
export const inlineSecretRemedy =
    "put it into a file of mode 0600 and name that: pin-source=file:/run/pin in a PKCS #11 URI, file:/run/pin for OpenSSL's -passin";
