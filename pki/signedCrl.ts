import { createPublicKey } from "node:crypto";
import { AsnConvert } from "@peculiar/asn1-schema";
import { CertificateList, CRLNumber, id_ce_cRLNumber } from "@peculiar/asn1-x509";
import { backdated } from "./clockSkew";
import { Crl, serialNumber } from "./crl";
import { issuerOf } from "./issuer";
import { draftKey, Signer } from "./signer";
import { AuthorityKeyIdentifierExtension, Extension, X509CrlGenerator, X509CrlReason } from "./x509";

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
    const issuer = await issuerOf(issuerPem);
    const thisUpdate = backdated(now);
    const key = { key: Buffer.from(issuer.publicKey.rawData), format: "der", type: "spki" } as const;
    const draft = await X509CrlGenerator.create({
        issuer: issuer.name,
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
        ...(await draftKey(createPublicKey(key))),
    });
    const list = AsnConvert.parse(draft.rawData, CertificateList);
    const data = Buffer.from(AsnConvert.serialize(list.tbsCertList));
    list.signature = new Uint8Array(await signer(data)).buffer;
    const signed = new Crl(Buffer.from(AsnConvert.serialize(list)));
    if (!(await signed.signedBy(issuer.publicKey))) {
        throw new Error(`The CRL that was signed does not verify with the key of ${issuer.subject}.`);
    }
    return signed.pem;
}

/** As {@link signCrl}, but one that was signed before and says the same stays. */
export async function currentCrl(before: string, request: CrlRequest): Promise<string> {
    const issuer = await issuerOf(request.issuerPem);
    const revoked = Object.keys(request.revoked ?? {}).map(serialNumber);
    const same = (list: Crl) =>
        list.isOf(issuer) &&
        list.serials.size === revoked.length &&
        revoked.every((serial) => list.serials.has(serial));
    for (const list of Crl.all(before).filter(same)) {
        if (await list.signedBy(issuer.publicKey)) {
            return list.pem;
        }
    }
    return signCrl(request);
}

/** Increases from CRL to CRL, as seconds do. */
function crlNumber(now: Date): ArrayBuffer {
    return AsnConvert.serialize(new CRLNumber(Math.floor(now.getTime() / 1000)));
}
