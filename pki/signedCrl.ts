import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificateList, CRLNumber, id_ce_cRLNumber } from "@peculiar/asn1-x509";
import { backdated } from "./clockSkew";
import { Crl } from "./crl";
import { issuerOf } from "./issuer";
import { draftKey, Signer } from "./signer";
import { AuthorityKeyIdentifierExtension, Extension, Name, X509CrlGenerator, X509CrlReason } from "./x509";

/** What a CRL is signed from. */
export interface CrlRequest {
    /** The CA whose CRL it is: its certificate, or its request for one; PEM. */
    issuerPem: string;
    signer: Signer;
    /** When each was revoked, ISO 8601, by serial number, hex. */
    revoked?: Record<string, string>;
    now?: Date;
}

/**
 * A CRL does not expire: Envoy rejects every peer below a CA whose CRL has expired, so a forgotten one would stop the mesh, and a
 * CRL reaches the proxies only through `cacerts`. RFC 5280 requires a date, and has this one for what does not expire (4.1.2.5).
 */
const never = new Date("9999-12-31T23:59:59Z");

/**
 * A CA's CRL, PEM. It names the CA's key, because of two CAs with one name each has a
 * CRL.
 *
 * @throws Error if what was signed does not verify with the CA's key.
 */
export async function signCrl({
    issuerPem,
    signer,
    revoked = {},
    now = new Date(),
}: CrlRequest): Promise<string> {
    const issuer = issuerOf(issuerPem);
    const thisUpdate = backdated(now);
    const draft = await X509CrlGenerator.create({
        issuer: new Name(new Uint8Array(issuer.subjectDer)),
        thisUpdate,
        nextUpdate: never,
        entries: Object.entries(revoked).map(([serial, date]) => ({
            serialNumber: serial,
            revocationDate: new Date(Math.min(Date.parse(date), thisUpdate.getTime())),
            reason: X509CrlReason.cACompromise,
        })),
        extensions: [
            new AuthorityKeyIdentifierExtension(issuer.keyId),
            new Extension(id_ce_cRLNumber, false, crlNumber(now)),
        ],
        ...(await draftKey(issuer.publicKey)),
    });
    const list = AsnConvert.parse(draft.rawData, CertificateList);
    const data = Buffer.from(AsnConvert.serialize(list.tbsCertList));
    list.signature = new Uint8Array(await signer(data)).buffer;
    const signed = new Crl(Buffer.from(AsnConvert.serialize(list)));
    if (!signed.signedBy(issuer.publicKey)) {
        throw new Error(`The CRL that was signed does not verify with the key of ${issuer.subject}.`);
    }
    return signed.pem;
}

/** Increases from CRL to CRL, as seconds do. */
function crlNumber(now: Date): ArrayBuffer {
    return AsnConvert.serialize(new CRLNumber(Math.floor(now.getTime() / 1000)));
}
