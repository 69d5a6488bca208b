import { Certificate } from "./certificate";
import { anyUsage } from "./extendedKeyUsage";
import { elements, natural } from "./der";
import { Extensions, extensionsOf } from "./extensions";
import { cRLSign, keyCertSign } from "./keyUsages";
import { firstBlock } from "./pem";
import { signatureHash } from "./signatureHash";

/** The tags of a certificate's fields (RFC 5280, 4.1). */
const fieldTags = { version: 0xa0, extensions: 0xa3 };

/** A certificate with its extensions, as the rules about a CA need them: one with a bad extension does not count as a certificate. */
export class CaCertificate extends Certificate {
    /** As RFC 5280 counts, from 1. */
    readonly version: number;
    /** The hash of its signature, such as SHA-256; undefined if the algorithm has none, such as Ed25519, or is not known. */
    readonly signatureHash: string | undefined;
    readonly extensions: Extensions;

    /** @throws Error if it is not a certificate. */
    constructor(der: Buffer) {
        super(der);
        const [tbsCertificate, algorithm] = elements(der);
        const fields = elements(tbsCertificate!);
        const [version] = fields[0]![0] === fieldTags.version ? elements(fields[0]!) : [];
        this.version = version ? 1 + natural(version) : 1;
        this.signatureHash = signatureHash(algorithm!);
        this.extensions = extensionsOf(fields.find(([tag]) => tag === fieldTags.extensions));
    }

    /** The certificate in a text's first block, whatever the block's label; undefined if it is not one. */
    static first(text: string): CaCertificate | undefined {
        const block = firstBlock(text);
        return block && CaCertificate.parse(block);
    }

    get isCa(): boolean {
        return this.extensions.basicConstraints?.ca === true;
    }

    /** Whether it may sign certificates, as far as its key usage says. */
    get maySign(): boolean {
        return this.mayUse(keyCertSign);
    }

    /** Whether it may sign CRLs. */
    get maySignCrls(): boolean {
        return this.mayUse(cRLSign);
    }

    /** Whether its extended key usage allows a purpose, for itself and what is below. */
    allows(usage: string): boolean {
        const usages = this.extensions.extendedKeyUsages;
        return usages === undefined || usages.includes(anyUsage) || usages.includes(usage);
    }

    /** Bits of an RSA key; undefined for another. */
    get rsaBits(): number | undefined {
        return this.publicKey.asymmetricKeyDetails?.modulusLength;
    }

    private mayUse(bit: number): boolean {
        const { keyUsages } = this.extensions;
        return keyUsages === undefined || (keyUsages & bit) !== 0;
    }
}
