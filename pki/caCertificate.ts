import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate as AsnCertificate, NameConstraints, Version } from "@peculiar/asn1-x509";
import { Certificate } from "./certificate";
import { anyUsage } from "./extendedKeyUsage";
import { NamesConstrained, namesConstrained } from "./nameConstraints";
import { firstBlock } from "./pem";
import {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    ExtendedKeyUsageExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    SubjectAlternativeNameExtension,
    SubjectKeyIdentifierExtension,
    X509Certificate as ParsedCertificate,
} from "./x509";

const nameConstraints = "2.5.29.30";

/** Critical extensions that Go's crypto/x509, and so istiod, understands; it rejects any other. */
const understood = [
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.54",
];

/** A certificate with its extensions, as the rules about a CA need them. They are parsed at once: one with a bad extension does not count as a certificate. */
export class CaCertificate extends Certificate {
    /** Undefined if the extension is missing. */
    readonly basicConstraints: { ca: boolean; pathLength: number | undefined } | undefined;
    /** Undefined: any. */
    readonly keyUsages: KeyUsageFlags | undefined;
    /** Undefined: any. */
    readonly extendedKeyUsages: string[] | undefined;
    /** SANs as type:value. */
    readonly names: readonly { type: string; value: string }[];
    /** The identifiers of its own key and its issuer's, hex; undefined if it names none. */
    readonly subjectKeyId: string | undefined;
    readonly authorityKeyId: string | undefined;
    readonly version: Version;
    /** Critical extensions that istiod does not know. */
    readonly unknownCritical: string[];
    /** The hash of its signature, as WebCrypto names it; undefined if the algorithm has none, such as Ed25519. */
    readonly signatureHash: string | undefined;
    /** What it constrains the names below it to. */
    readonly constraints: NamesConstrained;

    /** @throws Error if it is not a certificate. */
    constructor(der: Buffer) {
        super(der);
        const parsed = new ParsedCertificate(new Uint8Array(der));
        const constraints = parsed.getExtension(BasicConstraintsExtension) ?? undefined;
        this.basicConstraints = constraints && {
            ca: constraints.ca,
            pathLength: constraints.pathLength,
        };
        this.keyUsages = parsed.getExtension(KeyUsagesExtension)?.usages;
        this.extendedKeyUsages = parsed.getExtension(ExtendedKeyUsageExtension)?.usages.map(String);
        this.names = parsed.getExtension(SubjectAlternativeNameExtension)?.names.items ?? [];
        this.subjectKeyId = parsed.getExtension(SubjectKeyIdentifierExtension)?.keyId;
        this.authorityKeyId = parsed.getExtension(AuthorityKeyIdentifierExtension)?.keyId;
        this.unknownCritical = parsed.extensions
            .filter(({ critical, type }) => critical && !understood.includes(type))
            .map(({ type }) => type);
        this.signatureHash = (parsed.signatureAlgorithm as { hash?: { name: string } }).hash?.name;
        const named = parsed.getExtension(nameConstraints);
        this.constraints = namesConstrained(named && AsnConvert.parse(named.value, NameConstraints));
        this.version = AsnConvert.parse(der, AsnCertificate).tbsCertificate.version;
    }

    /** The certificate in a text's first block, whatever the block's label; undefined if it is not one. */
    static first(text: string): CaCertificate | undefined {
        const block = firstBlock(text);
        return block && CaCertificate.parse(block);
    }

    get isCa(): boolean {
        return this.basicConstraints?.ca === true;
    }

    /** Whether it may sign certificates, as far as its key usage says. */
    get maySign(): boolean {
        return this.keyUsages === undefined || (this.keyUsages & KeyUsageFlags.keyCertSign) !== 0;
    }

    /** Whether it may sign CRLs. */
    get maySignCrls(): boolean {
        return this.keyUsages === undefined || (this.keyUsages & KeyUsageFlags.cRLSign) !== 0;
    }

    /** Whether its extended key usage allows a purpose, for itself and what is below. */
    allows(usage: string): boolean {
        const usages = this.extendedKeyUsages;
        return usages === undefined || usages.includes(anyUsage) || usages.includes(usage);
    }

    /** Bits of an RSA key; undefined for another. */
    get rsaBits(): number | undefined {
        return this.publicKey.asymmetricKeyDetails?.modulusLength;
    }
}
