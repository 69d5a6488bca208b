import { CaCertificate } from "./caCertificate";
import { Issuer } from "./issuer";
import { crlIssuer } from "./der";
import { encodePem, PemBlock, pemBlocks } from "./pem";
import { AuthorityKeyIdentifierExtension, PublicKey, X509Certificate, X509Crl } from "./x509";

/** As OpenSSL and Go label it (RFC 7468, 6). */
export const crlLabel = "X509 CRL";

/** A certificate revocation list (RFC 5280, 5), as proxies look for it: by its issuer's name and key. */
export class Crl {
    readonly issuer: string;
    /** The issuer's name as DER, by which proxies find the list. */
    readonly issuerDer: Buffer;
    /** The issuer's subject key identifier, hex; undefined if it names none: then any key of the name. */
    readonly keyId: string | undefined;
    readonly thisUpdate: Date;
    /** Undefined: never. */
    readonly nextUpdate: Date | undefined;
    /** The serial numbers it revokes, as {@link serialNumber} has them. */
    readonly serials: ReadonlySet<string>;
    private readonly parsed: X509Crl;

    /** @throws Error if it is not a CRL. */
    constructor(readonly der: Buffer) {
        this.parsed = new X509Crl(new Uint8Array(der));
        this.issuer = this.parsed.issuer;
        this.issuerDer = crlIssuer(der);
        this.keyId = this.parsed.getExtension(AuthorityKeyIdentifierExtension)?.keyId;
        this.thisUpdate = this.parsed.thisUpdate;
        this.nextUpdate = this.parsed.nextUpdate;
        this.serials = new Set(this.parsed.entries.map((entry) => serialNumber(entry.serialNumber)));
    }

    /** The CRLs among a text's PEM blocks; others are left out. */
    static all(text: string): Crl[] {
        return pemBlocks(text).flatMap((block) => Crl.parse(block) ?? []);
    }

    /** A block's CRL, whatever its label; undefined if it is none. */
    static parse(block: PemBlock): Crl | undefined {
        try {
            return new Crl(block.der);
        } catch {
            return undefined;
        }
    }

    get pem(): string {
        return encodePem(crlLabel, this.der);
    }

    /** Whether it is the list of this name and key, as far as it says; the signature is not looked at. */
    isOf({ subjectDer, keyId }: Issuer): boolean {
        return this.issuerDer.equals(subjectDer) && (this.keyId ?? keyId) === keyId;
    }

    /** Whether a CA signed it that may, as Go's RevocationList.CheckSignatureFrom has it. */
    async issuedBy(ca: CaCertificate): Promise<boolean> {
        const { publicKey } = new X509Certificate(new Uint8Array(ca.der));
        return ca.isCa && ca.maySignCrls && (await this.signedBy(publicKey));
    }

    async signedBy(publicKey: PublicKey): Promise<boolean> {
        try {
            return await this.parsed.verify({ publicKey });
        } catch {
            return false;
        }
    }
}

/** Of several CRLs from one issuer's name and key, the last one. */
export function newestCrls(crls: readonly Crl[]): Crl[] {
    return [...new Map(crls.map((crl) => [`${crl.issuer} ${crl.keyId}`, crl])).values()];
}

/** A serial number as hex digits that can be compared: lower-case, without leading zeros. */
export function serialNumber(hex: string): string {
    return hex.toLowerCase().replace(/^0+(?=.)/, "");
}
