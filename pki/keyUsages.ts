/** The bits of the key usage extension (RFC 5280, 4.2.1.3), the first one lowest. */
const bit = {
    digitalSignature: 1 << 0,
    nonRepudiation: 1 << 1,
    keyEncipherment: 1 << 2,
    dataEncipherment: 1 << 3,
    keyAgreement: 1 << 4,
    keyCertSign: 1 << 5,
    cRLSign: 1 << 6,
    encipherOnly: 1 << 7,
    decipherOnly: 1 << 8,
};

export const { keyCertSign, cRLSign } = bit;

/** Key usages in the words of Terraform's tls provider; its other words are extended ones. */
export const keyUsages: Record<string, number> = {
    digital_signature: bit.digitalSignature,
    content_commitment: bit.nonRepudiation,
    key_encipherment: bit.keyEncipherment,
    data_encipherment: bit.dataEncipherment,
    key_agreement: bit.keyAgreement,
    cert_signing: bit.keyCertSign,
    crl_signing: bit.cRLSign,
    encipher_only: bit.encipherOnly,
    decipher_only: bit.decipherOnly,
};

/** The bits of the key usage extension (RFC 5280, 4.2.1.3); what is an extended key usage has none. */
export function keyUsageFlags(uses: string[]): number {
    return uses.reduce((flags, use) => flags | (keyUsages[use] ?? 0), 0);
}
