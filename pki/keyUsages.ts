import { KeyUsageFlags } from "@peculiar/asn1-x509";

/** Key usages in the words of Terraform's tls provider; its other words are extended ones. */
export const keyUsages: Record<string, KeyUsageFlags> = {
    digital_signature: KeyUsageFlags.digitalSignature,
    content_commitment: KeyUsageFlags.nonRepudiation,
    key_encipherment: KeyUsageFlags.keyEncipherment,
    data_encipherment: KeyUsageFlags.dataEncipherment,
    key_agreement: KeyUsageFlags.keyAgreement,
    cert_signing: KeyUsageFlags.keyCertSign,
    crl_signing: KeyUsageFlags.cRLSign,
    encipher_only: KeyUsageFlags.encipherOnly,
    decipher_only: KeyUsageFlags.decipherOnly,
};

/** The bits of the key usage extension (RFC 5280, 4.2.1.3); what is an extended key usage has none. */
export function keyUsageFlags(uses: string[]): number {
    return uses.reduce((flags, use) => flags | (keyUsages[use] ?? 0), 0);
}
