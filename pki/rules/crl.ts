import { CaCertificate } from "../caCertificate";
import { Crl, serialNumber } from "../crl";
import { pemBlocks } from "../pem";
import { issuerOf } from "../issuer";
import { Finding } from "./finding";
import { Judged } from "./judged";

/**
 * Why istiod refuses ca-crl.pem: each certificate in cert-chain.pem must have signed one of its CRLs (Verify of istio
 * security/pkg/pki/util/keycertbundle.go); undefined if it takes it.
 */
export function crlFault(crlPem: string, certChainPem: string): string | undefined {
    const signers = pemBlocks(certChainPem).map((block) => CaCertificate.parse(block));
    if (signers.includes(undefined)) {
        return "cert-chain.pem, whose certificates must have signed it, holds a block that is not a certificate";
    }
    const crls = pemBlocks(crlPem).map((block) => Crl.parse(block));
    if (crls.includes(undefined)) {
        return "it holds a block that is not a CRL";
    }
    // By subject, as istiod does: of two with the same one the last counts.
    const bySubject = new Map(signers.map((signer) => [signer!.subject, signer!]));
    for (const signer of bySubject.values()) {
        if (!crls.some((crl) => crl!.issuedBy(signer))) {
            const why = signer.maySignCrls ? "" : ", whose key usage lacks cRLSign";
            return `no CRL in it is signed by ${signer.name}${why}`;
        }
    }
    return undefined;
}

/**
 * Where there are CRLs, Envoy refuses every peer whose chain has a CA without one (BoringSSL, X509_V_FLAG_CRL_CHECK_ALL): the
 * roots too, whichever of them signs.
 */
export function crlCoverage({ ca, chain, pool, roots }: Judged, now: Date): (Finding | undefined)[] {
    const crls = Crl.all(ca.crl.text);
    if (crls.length === 0) {
        return [];
    }
    const issuers = [...new Map([...chain, ...roots].map((each) => [each.fingerprint, each])).values()];
    return issuers.map((issuer) => {
        const known = pool.some((each) => each.equals(issuer));
        const found = coverageFault(issuer, crls, known, now);
        return found === undefined
            ? undefined
            : {
                  rule: "crl-incomplete",
                  severity: "error" as const,
                  file: ca.crl.name,
                  found,
                  effect: "istiod accepts it. Envoy then rejects every workload below that CA, revoked or not.",
                  remedy: "Provide one valid CRL of every CA on the path to a root, and of every root; an empty one is enough.",
              };
    });
}

/** A CA that is on its own list, or its issuer's. */
export function crlRevoked({ ca, chain }: Judged): Finding | undefined {
    const crls = Crl.all(ca.crl.text);
    const revoked = chain.find((each, depth) =>
        crls.some(
            (crl) =>
                crl.issuerDer.equals((chain[depth + 1] ?? each).subjectDer) &&
                crl.serials.has(serialOf(each)),
        ),
    );
    return revoked === undefined
        ? undefined
        : {
              rule: "crl-revoked",
              severity: "error",
              file: ca.crl.name,
              found: `it revokes ${revoked.name}, which this CA depends on`,
              effect: "Envoy rejects every workload of this cluster.",
              remedy: "Plug in another CA first, or remove this one from the CRL.",
          };
}

/** @param known - whether istiod would refuse one that is missing, and tell so itself */
function coverageFault(issuer: CaCertificate, crls: Crl[], known: boolean, now: Date): string | undefined {
    const lists = crls.filter((crl) => crl.issuedBy(issuer));
    if (lists.length === 0) {
        return known ? undefined : `it holds no CRL of ${issuer.name}`;
    }
    const named = issuerOf(issuer.pem);
    if (!lists.some((crl) => crl.isOf(named))) {
        return `the CRL of ${issuer.name} names another key by its authority key identifier`;
    }
    const expired = lists.filter(({ nextUpdate }) => nextUpdate && nextUpdate <= now);
    return expired.length === lists.length
        ? `the CRL of ${issuer.name} expired at ${expired.at(-1)!.nextUpdate!.toISOString()}`
        : undefined;
}

function serialOf({ node }: CaCertificate): string {
    return serialNumber(node.serialNumber);
}
