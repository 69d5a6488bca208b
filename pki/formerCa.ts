import { caCertFile, caCrlFile, certChainFile, PublicFiles, rootCertFile, trustingFile } from "./bundle";
import { CaCertificate } from "./caCertificate";
import { CaFiles, SigningCa, signingCa } from "./caFiles";
import { Crl } from "./crl";

/** The names of the two CAs of a mesh that moves from one to the other. */
export const formerCaName = "former";
export const ownCaName = "own";

/** Where the CA of somebody's `cacerts` is kept once a stack writes that Secret. */
export const keptSecretName = "cacerts-former";

/** Which of the two a mesh trusts, and which of them signs. */
export interface Overlap {
    roots: string[];
    signingRoot: string;
}

/**
 * A former CA as istiod reads it. Istio's self-signed one is a root, and `istio-ca-secret` holds its certificate and key and
 * further files that are empty.
 *
 * @returns else the names of the missing files
 */
export function formerCa(files: CaFiles): SigningCa | { missing: string[] } {
    const given = Object.fromEntries(Object.entries(files).filter(([, text]) => text !== ""));
    const caCert = given[caCertFile];
    return signingCa({ [certChainFile]: caCert, [rootCertFile]: caCert, ...given });
}

/** The public files of `cacerts` while a mesh moves: of the CA that signs, trusting every one that `roots` names. */
export function overlappingFiles(
    { roots, signingRoot }: Overlap,
    former: SigningCa,
    own: PublicFiles,
): PublicFiles {
    const trustBundles: Record<string, string> = {
        [formerCaName]: former.rootCert.text,
        [ownCaName]: own[rootCertFile],
    };
    const trusted = roots.flatMap((name) => CaCertificate.all(trustBundles[name] ?? ""));
    const once = trusted.filter((each, index) => trusted.findIndex((other) => other.equals(each)) === index);
    const signer =
        signingRoot === formerCaName
            ? { caCert: former.caCert.text, certChain: former.certChain.text }
            : { caCert: own[caCertFile], certChain: own[certChainFile] };
    const [certificate] = CaCertificate.all(signer.caCert);
    return {
        [caCertFile]: certificate!.pem,
        [certChainFile]: pemOf(CaCertificate.all(signer.certChain)),
        [rootCertFile]: trustingFile(certificate!.node, pemOf(once)),
        ...overlappingLists(former.crl.text, own[caCrlFile]),
    };
}

function pemOf(certificates: CaCertificate[]): string {
    return certificates.map(({ pem }) => pem).join("");
}

/**
 * Where there are lists of revoked certificates, Envoy refuses every peer below a CA without one: so there are those of both,
 * or none.
 */
function overlappingLists(former: string, own: string | undefined): Pick<PublicFiles, typeof caCrlFile> {
    if (former === "" || own === undefined) {
        return {};
    }
    const lists = [...Crl.all(former), ...Crl.all(own)];
    const newest = new Map(lists.map((crl) => [`${crl.issuer} ${crl.keyId}`, crl]));
    return { [caCrlFile]: [...newest.values()].map(({ pem }) => pem).join("") };
}
