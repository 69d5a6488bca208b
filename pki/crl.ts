import { KeyObject } from "node:crypto";
import type { CaCertificate } from "./caCertificate";
import { content, elements, sequence, tags, time } from "./der";
import { nameText } from "./distinguishedName";
import { extensionsOf } from "./extensions";
import { Issuer, issuerOf } from "./issuer";
import { encodePem, PemBlock, pemBlocks } from "./pem";
import { verifies } from "./signatureHash";

/** As OpenSSL and Go label it (RFC 7468, 6). */
export const crlLabel = "X509 CRL";

/** The tag of a CRL's extensions (RFC 5280, 5.1). */
const extensionsTag = 0xa0;

/** A certificate revocation list (RFC 5280, 5), as proxies look for it: by its issuer's name and key. */
export class Crl {
    /** The issuer's name as DER, by which proxies find the list. */
    readonly issuerDer: Buffer;
    /** The issuer's subject key identifier, hex; undefined if it names none: then any key of the name. */
    readonly keyId: string | undefined;
    readonly thisUpdate: Date;
    /** Undefined: never. */
    readonly nextUpdate: Date | undefined;
    /** The serial numbers it revokes, as {@link serialNumber} has them. */
    readonly serials: ReadonlySet<string>;
    /** What was signed, with which algorithm, and the signature; DER. */
    private readonly signed: [list: Buffer, algorithm: Buffer, signature: Buffer];

    /** @throws Error if it is not a CRL. */
    constructor(readonly der: Buffer) {
        const parts = elements(der);
        this.signed = [parts[0]!, parts[1]!, content(parts[2]!, tags.bitString).subarray(1)];
        const fields = elements(parts[0]!).filter(([tag], index) => index > 0 || tag !== tags.integer);
        const [, issuer, thisUpdate, ...optional] = fields;
        const tagged = (...wanted: number[]) => optional.find(([tag]) => wanted.includes(tag!));
        const nextUpdate = tagged(tags.utcTime, tags.generalizedTime);
        const revoked = tagged(tags.sequence);
        this.issuerDer = issuer!;
        this.thisUpdate = time(thisUpdate!);
        this.nextUpdate = nextUpdate && time(nextUpdate);
        this.serials = new Set(revoked ? elements(revoked).map(serialOf) : []);
        this.keyId = extensionsOf(tagged(extensionsTag)).authorityKeyId;
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

    /** The issuer's name on one line, for people. */
    get issuer(): string {
        return nameText(this.issuerDer);
    }

    get pem(): string {
        return encodePem(crlLabel, this.der);
    }

    /** Whether it is the list of this name and key, as far as it says; the signature is not looked at. */
    isOf({ subjectDer, keyId }: Issuer): boolean {
        return this.issuerDer.equals(subjectDer) && (this.keyId ?? keyId) === keyId;
    }

    /** Whether a CA signed it that may, as Go's RevocationList.CheckSignatureFrom has it. */
    issuedBy(ca: CaCertificate): boolean {
        return ca.isCa && ca.maySignCrls && this.signedBy(ca.publicKey);
    }

    signedBy(publicKey: KeyObject): boolean {
        const [list, algorithm, signature] = this.signed;
        return verifies({ data: list, algorithm, signature }, publicKey);
    }
}

/** Of several CRLs from one issuer's name and key, the last one. */
export function newestCrls(crls: readonly Crl[]): Crl[] {
    return [...new Map(crls.map((crl) => [`${crl.issuerDer.toString("hex")} ${crl.keyId}`, crl])).values()];
}

/**
 * A CA's CRL, PEM: the one that was signed before, if it says the same; otherwise a new one.
 *
 * @param before - the CRLs that were signed before
 * @param asked - the CA's certificate or its request for one, PEM; and the serial numbers to revoke, hex
 */
export async function currentCrl(
    before: string,
    asked: { issuerPem: string; revoked?: Record<string, string> },
    sign: () => Promise<string>,
): Promise<string> {
    const issuer = issuerOf(asked.issuerPem);
    const revoked = Object.keys(asked.revoked ?? {}).map(serialNumber);
    const kept = Crl.all(before).find(
        (list) =>
            list.isOf(issuer) &&
            list.serials.size === revoked.length &&
            revoked.every((serial) => list.serials.has(serial)) &&
            list.signedBy(issuer.publicKey),
    );
    return kept?.pem ?? sign();
}

/** A serial number as hex digits that can be compared: lower-case, without leading zeros. */
export function serialNumber(hex: string): string {
    return hex.toLowerCase().replace(/^0+(?=.)/, "");
}

function serialOf(entry: Buffer): string {
    return serialNumber(content(sequence(entry)[0]!, tags.integer).toString("hex"));
}
