import { CaCertificate } from "../caCertificate";
import { pemBlocks } from "../pem";
import { X509Certificate, X509Crl } from "../x509";

/**
 * Why istiod refuses ca-crl.pem: each certificate in cert-chain.pem must have signed one of its CRLs (Verify of istio
 * security/pkg/pki/util/keycertbundle.go); undefined if it takes it. Envoy refuses every peer below a CA without one.
 */
export async function crlFault(crlPem: string, certChainPem: string): Promise<string | undefined> {
    const signers = pemBlocks(certChainPem).map((block) => CaCertificate.parse(block));
    if (signers.includes(undefined)) {
        return "cert-chain.pem, whose certificates must have signed it, holds a block that is not a certificate";
    }
    const crls = pemBlocks(crlPem).map(({ der }) => parseCrl(der));
    if (crls.includes(undefined)) {
        return "it holds a block that is not a CRL";
    }
    // By subject, as istiod does: of two with the same one the last counts.
    const bySubject = new Map(signers.map((signer) => [signer!.subject, signer!]));
    for (const [subject, signer] of bySubject) {
        const signed = await Promise.all(crls.map((crl) => signedBy(crl!, signer)));
        if (!signed.includes(true)) {
            const why = signer.maySignCrls ? "" : ", whose key usage lacks cRLSign";
            return `no CRL in it is signed by ${subject}${why}`;
        }
    }
    return undefined;
}

function parseCrl(der: Buffer): X509Crl | undefined {
    try {
        return new X509Crl(new Uint8Array(der));
    } catch {
        return undefined;
    }
}

/** Go's RevocationList.CheckSignatureFrom. */
async function signedBy(crl: X509Crl, signer: CaCertificate): Promise<boolean> {
    const mayBe = signer.isCa && signer.maySignCrls;
    try {
        return mayBe && (await crl.verify({ publicKey: new X509Certificate(new Uint8Array(signer.der)) }));
    } catch {
        return false;
    }
}
