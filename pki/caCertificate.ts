import { KeyObject, X509Certificate } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate, NameConstraints, Version } from "@peculiar/asn1-x509";
import { certificateFacts, fingerprint } from "./certificates";
import { certificateNames } from "./der";
import { NamesConstrained, namesConstrained } from "./nameConstraints";
import { encodePem, inPool, PemBlock, pemBlocks } from "./pem";
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

/** The extended key usages of RFC 5280, 4.2.1.12, that a mesh needs. */
export const serverAuth = "1.3.6.1.5.5.7.3.1";
export const clientAuth = "1.3.6.1.5.5.7.3.2";
const anyUsage = "2.5.29.37.0";

const nameConstraints = "2.5.29.30";

/** Critical extensions that Go's crypto/x509, and so istiod, understands; any other makes it refuse. */
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

/** A certificate as CA rules ask for it. Its extensions are parsed at once: a bad one is no certificate. */
export class CaCertificate {
    /** As node:crypto has it. */
    readonly node: X509Certificate;
    readonly fingerprint: string;
    /** For people; what links certificates is their bytes. */
    readonly subject: string;
    readonly issuer: string;
    /** Its names as its bytes have them: the same text in another string type is another name for Go and BoringSSL. */
    private readonly distinguished: { issuer: Buffer; subject: Buffer };
    readonly notBefore: Date;
    readonly notAfter: Date;
    /** Undefined where the extension is missing. */
    readonly basicConstraints: { ca: boolean; pathLength: number | undefined } | undefined;
    /** Undefined: any. */
    readonly keyUsages: KeyUsageFlags | undefined;
    /** Undefined: any. */
    readonly extendedKeyUsages: string[] | undefined;
    /** SANs as type:value. */
    readonly names: readonly { type: string; value: string }[];
    /** The identifiers of its own key and its issuer's, hex; undefined where it names none. */
    readonly subjectKeyId: string | undefined;
    readonly authorityKeyId: string | undefined;
    readonly version: Version;
    readonly publicKey: KeyObject;
    /** Critical extensions that istiod does not know. */
    readonly unknownCritical: string[];
    /** The hash of its signature, as WebCrypto names it; undefined where the algorithm has none, as Ed25519. */
    readonly signatureHash: string | undefined;
    /** What it constrains the names beneath it to. */
    readonly constraints: NamesConstrained;

    /** @throws Error if it is not a certificate. */
    constructor(readonly der: Buffer) {
        this.node = new X509Certificate(der);
        if (!this.node.raw.equals(der)) {
            throw new Error("bytes after the certificate, which Go does not take");
        }
        this.distinguished = certificateNames(der);
        const parsed = new ParsedCertificate(new Uint8Array(der));
        const facts = certificateFacts(this.node);
        this.fingerprint = fingerprint(this.node);
        this.subject = facts.subject;
        this.issuer = facts.issuer;
        this.notBefore = this.node.validFromDate;
        this.notAfter = this.node.validToDate;
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
        this.publicKey = this.node.publicKey;
        this.unknownCritical = parsed.extensions
            .filter(({ critical, type }) => critical && !understood.includes(type))
            .map(({ type }) => type);
        this.signatureHash = (parsed.signatureAlgorithm as { hash?: { name: string } }).hash?.name;
        const named = parsed.getExtension(nameConstraints);
        this.constraints = namesConstrained(named && AsnConvert.parse(named.value, NameConstraints));
        this.version = AsnConvert.parse(der, Certificate).tbsCertificate.version;
    }

    /** The certificates among a text's PEM blocks, as Go's CertPool takes them: what is none is left out. */
    static all(text: string): CaCertificate[] {
        return pemBlocks(text).flatMap((block) => {
            return inPool(block) ? (CaCertificate.parse(block) ?? []) : [];
        });
    }

    /** A block's certificate, whatever its label; undefined if it is none. */
    static parse(block: PemBlock): CaCertificate | undefined {
        try {
            return new CaCertificate(block.der);
        } catch {
            return undefined;
        }
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

    /** As Go's encoding/pem writes it. */
    get pem(): string {
        return encodePem("CERTIFICATE", this.der);
    }

    /** Its subject and the beginning of its fingerprint, for a sentence. */
    get name(): string {
        return `${this.subject || "(no subject)"} (${this.fingerprint.slice(0, 23)})`;
    }

    equals(other: CaCertificate): boolean {
        return this.der.equals(other.der);
    }

    /** Whether the names fit and the signature is of that certificate's key. */
    issuedBy(issuer: CaCertificate): boolean {
        return this.namesIssuer(issuer) && this.node.verify(issuer.publicKey);
    }

    /** Its subject as DER. */
    get subjectDer(): Buffer {
        return this.distinguished.subject;
    }

    /** Whether it names that certificate as its issuer. */
    namesIssuer(issuer: CaCertificate): boolean {
        return this.distinguished.issuer.equals(issuer.distinguished.subject);
    }

    /** Whether both have one subject. */
    sharesSubject(other: CaCertificate): boolean {
        return this.distinguished.subject.equals(other.distinguished.subject);
    }
}
