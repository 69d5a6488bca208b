import { KeyObject, X509Certificate } from "node:crypto";
import { certificateNames } from "./der";
import { encodePem, inPool, PemBlock, pemBlocks } from "./pem";

/** What people compare of a certificate. Dates are ISO 8601. */
export interface CertificateFacts {
    /** Its subject, on one line. */
    subject: string;
    /** The subject of its issuer, on one line. */
    issuer: string;
    /** Its serial number, lower-case hex. */
    serial: string;
    /** SHA-256 of the DER, lower-case hex with colons. */
    fingerprint: string;
    /** When its validity begins. */
    notBefore: string;
    /** When it expires. */
    notAfter: string;
}

/** A class of certificates, made from DER. */
type CertificateClass<T> = new (der: Buffer) => T;

/**
 * An X.509 certificate, of a CA or of a workload. It is parsed by OpenSSL alone, because a verification reads those of
 * thousands of proxies; `CaCertificate` also parses its extensions, as the rules about a CA need them.
 */
export class Certificate {
    /** As node:crypto has it. */
    readonly node: X509Certificate;
    /** SHA-256 of the DER, lower-case hex with colons. */
    readonly fingerprint: string;
    readonly publicKey: KeyObject;
    /** Its names as DER: the same text in another string type is another name for Go and BoringSSL. */
    private readonly distinguished: { issuer: Buffer; subject: Buffer };

    /** @throws Error if it is not a certificate. */
    constructor(readonly der: Buffer) {
        this.node = new X509Certificate(der);
        if (!this.node.raw.equals(der)) {
            throw new Error("bytes after the certificate, which Go rejects");
        }
        this.distinguished = certificateNames(der);
        this.publicKey = this.node.publicKey;
        this.fingerprint = this.node.fingerprint256.toLowerCase();
    }

    /** The certificates among a text's PEM blocks, as Go's CertPool reads them: it leaves out a block that is not one. */
    static all<T>(this: CertificateClass<T>, text: string): T[] {
        return pemBlocks(text).flatMap((block) => (inPool(block) ? (parsed(this, block) ?? []) : []));
    }

    /**
     * The same for a text that somebody else wrote and that is to be compared.
     *
     * @throws Error if a block is labelled as a certificate and is not one.
     */
    static strictly<T>(this: CertificateClass<T>, text: string): T[] {
        return pemBlocks(text)
            .filter(inPool)
            .map(({ der }) => new this(der));
    }

    /** A block's certificate, whatever the block's label; undefined if it is not one. */
    static parse<T>(this: CertificateClass<T>, block: PemBlock): T | undefined {
        return parsed(this, block);
    }

    /** Its subject on one line, for people: issuers are found by the bytes of names. A workload's is empty. */
    get subject(): string {
        return oneLine(this.node.subject);
    }

    /** Its issuer's subject on one line. */
    get issuer(): string {
        return oneLine(this.node.issuer);
    }

    /** Its subject as DER. */
    get subjectDer(): Buffer {
        return this.distinguished.subject;
    }

    /** Its serial number, lower-case hex. */
    get serial(): string {
        return this.node.serialNumber.toLowerCase();
    }

    get notBefore(): Date {
        return this.node.validFromDate;
    }

    get notAfter(): Date {
        return this.node.validToDate;
    }

    /** As Go's encoding/pem writes it. */
    get pem(): string {
        return encodePem("CERTIFICATE", this.der);
    }

    /** The first eight bytes of its fingerprint: enough for people to compare. */
    get short(): string {
        return shorten(this.fingerprint);
    }

    /** Its subject and the beginning of its fingerprint, for a sentence. */
    get name(): string {
        return `${this.subject || "(no subject)"} (${this.short})`;
    }

    get facts(): CertificateFacts {
        return {
            subject: this.subject,
            issuer: this.issuer,
            serial: this.serial,
            fingerprint: this.fingerprint,
            notBefore: this.notBefore.toISOString(),
            notAfter: this.notAfter.toISOString(),
        };
    }

    /** Whether both are the same, by their DER. */
    equals(other: Certificate): boolean {
        return this.der.equals(other.der);
    }

    /** Whether it names that certificate as its issuer. */
    namesIssuer(issuer: Certificate): boolean {
        return this.distinguished.issuer.equals(issuer.distinguished.subject);
    }

    /** Whether both have the same subject. */
    sharesSubject(other: Certificate): boolean {
        return this.distinguished.subject.equals(other.distinguished.subject);
    }

    /** Whether that certificate's name and key signed it: what Go, and so istiod, looks at when it searches for an issuer. */
    signedBy(issuer: Certificate): boolean {
        return this.namesIssuer(issuer) && this.node.verify(issuer.publicKey);
    }

    /**
     * Whether that CA issued it, as OpenSSL and BoringSSL, and so Envoy, see it: beyond the signature the issuer must be a CA, its key
     * usage must allow signatures, and key identifiers must match if both have them.
     */
    issuedBy(issuer: Certificate): boolean {
        return issuer.node.ca && this.node.checkIssued(issuer.node) && this.signedBy(issuer);
    }
}

/** The first eight bytes of a fingerprint. */
export function shorten(fingerprint: string): string {
    return fingerprint.slice(0, 23);
}

/** Whether two lists hold the same certificates, in whatever order and however often. */
export function sameCertificates(some: readonly Certificate[], others: readonly Certificate[]): boolean {
    const fingerprints = (list: readonly Certificate[]) => new Set(list.map((each) => each.fingerprint));
    return fingerprints(some).symmetricDifference(fingerprints(others)).size === 0;
}

/** Each certificate once, at its first position. */
export function withoutRepetitions<T extends Certificate>(certificates: readonly T[]): T[] {
    return [...new Map(certificates.map((each) => [each.fingerprint, each])).values()];
}

function parsed<T>(kind: CertificateClass<T>, { der }: PemBlock): T | undefined {
    try {
        return new kind(der);
    } catch {
        return undefined;
    }
}

function oneLine(name: string | undefined): string {
    return name?.replaceAll("\n", ", ") ?? "";
}
