import { AsnConvert } from "@peculiar/asn1-schema";
import { Certificate } from "@peculiar/asn1-x509";
import { CaCertificate } from "./caCertificate";
import { backdated } from "./clockSkew";
import { CertificateRequest } from "./csr";
import { issuerOf } from "./issuer";
import { encodePem } from "./pem";
import { defaultTrustDomain, istiodDnsName, profiles } from "./profile";
import { rootFault } from "./root";
import { refusalOf } from "./rules/istiod";
import { signedFaults, signedRefusal } from "./signedCertificate";
import { draftKey, Signer } from "./signer";
import { askIstiod } from "./verdict/istiod";
import {
    AuthorityKeyIdentifierExtension,
    BasicConstraintsExtension,
    KeyUsageFlags,
    KeyUsagesExtension,
    Name,
    Pkcs10CertificateRequest,
    SubjectAlternativeNameExtension,
    SubjectKeyIdentifierExtension,
    X509CertificateGenerator,
} from "./x509";

/** What an intermediate is signed from. */
export interface SigningRequest {
    /** PEM (RFC 2986). */
    csrPem: string;
    /** The cluster that asks: its request must name it and nothing else. */
    cluster: string;
    /** The root's certificate, PEM. */
    rootCertPem: string;
    signer: Signer;
    /** How long the certificate is valid, days; never longer than the root. */
    validityDays: number;
    now?: Date;
}

/**
 * An intermediate CA's certificate, PEM, for a request that names its cluster and nothing else.
 *
 * @throws Error saying all that is wrong with the request, or what is with the root or the signature.
 */
export async function signIntermediate(request: SigningRequest): Promise<string> {
    const { csrPem, cluster, rootCertPem, signer, validityDays, now = new Date() } = request;
    const judged = CertificateRequest.judge(csrPem, cluster);
    const root = signingRoot(rootCertPem, now);
    const issuer = issuerOf(root.pem);
    const csr = new Pkcs10CertificateRequest(new Uint8Array(judged.der));
    const wanted = Math.floor(now.getTime() / 1000) * 1000 + validityDays * 86_400_000;
    const draft = await X509CertificateGenerator.create({
        subject: csr.subjectName,
        issuer: new Name(new Uint8Array(issuer.subjectDer)),
        notBefore: backdated(now, root.notBefore),
        notAfter: new Date(Math.min(wanted, root.notAfter.getTime())),
        publicKey: csr.publicKey,
        ...(await draftKey(root.publicKey)),
        extensions: [
            new BasicConstraintsExtension(true, 0, true),
            new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
            await SubjectKeyIdentifierExtension.create(csr.publicKey),
            new AuthorityKeyIdentifierExtension(issuer.keyId),
            new SubjectAlternativeNameExtension([{ type: "dns", value: istiodDnsName }]),
        ],
    });
    const certificate = AsnConvert.parse(draft.rawData, Certificate);
    const data = Buffer.from(AsnConvert.serialize(certificate.tbsCertificate));
    certificate.signatureValue = new Uint8Array(await signer(data)).buffer;
    const signed = encodePem("CERTIFICATE", Buffer.from(AsnConvert.serialize(certificate)));
    if (!CaCertificate.all(signed)[0]?.signedBy(root)) {
        throw new Error(
            `What was signed does not verify with the root ${root.fingerprint} (${root.subject}). Sign with the key that belongs to it.`,
        );
    }
    const profile = { ...profiles.default, intermediateValidityDays: validityDays };
    const asked = { request: judged, cluster, rootCertPem: root.pem, profile, pathLength: 0 };
    const faults = signedFaults(signed, asked);
    if (faults.length > 0) {
        throw new Error(signedRefusal(cluster, faults));
    }
    refuseUnfitRoot(signed, root, now);
    return signed;
}

/** A good certificate below a root that istiod cannot read, or whose constraints forbid istiod's own names, is good for nothing. */
function refuseUnfitRoot(signed: string, root: CaCertificate, now: Date): void {
    const file = (name: string, text: string) => ({ name, text });
    const ca = {
        caCert: file("the certificate", signed),
        caKey: file("the key", ""),
        certChain: file("the chain", signed),
        rootCert: file("the root certificate", root.pem),
        crl: file("the CRLs", ""),
    };
    const answer = askIstiod({ ca, now, trustDomain: defaultTrustDomain });
    const { step, istiod } = answer.verdict;
    const refusal = step === "parse" || step === "trust" ? refusalOf(ca, answer, now)?.found : istiod;
    if (refusal !== undefined) {
        throw new Error(
            `istiod would reject what was signed: ${refusal}. Sign with a root that Go reads and whose constraints permit istiod's names, such as ${istiodDnsName}. Nothing is printed.`,
        );
    }
}

function signingRoot(rootCertPem: string, now: Date): CaCertificate {
    const fault = rootFault(rootCertPem, now);
    if (fault !== undefined) {
        throw new Error(`The root certificate ${fault}. Nothing was signed.`);
    }
    return CaCertificate.all(rootCertPem)[0]!;
}
