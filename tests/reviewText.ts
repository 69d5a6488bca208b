/** Replaces what differs from run to run by a placeholder; a fingerprint, short or in full, always by the same. */
export function normalised(text: string): string {
    const known: string[] = [];
    return text
        .replaceAll(/\b[0-9a-f]{2}(:[0-9a-f]{2}){7,31}\b/g, (fingerprint) => {
            const short = fingerprint.slice(0, 23);
            if (!known.includes(short)) {
                known.push(short);
            }
            return `<fingerprint ${known.indexOf(short) + 1}${fingerprint === short ? "" : " in full"}>`;
        })
        .replaceAll(/\b(serial number) [0-9a-f]+/g, "$1 <serial>")
        .replaceAll(/\b\d{4}-\d\d-\d\d\b/g, "<date>");
}
