import { CaBundle } from "./caBundle";
import { caCertFile, CaFiles, certChainFile, rootCertFile, SigningCa, signingCa } from "./caFiles";
import { withoutRepetitions } from "./certificate";
import { newestCrls } from "./crl";

/** The names of the two CAs of a mesh that moves from one to the other. */
export const formerCaName = "former";
export const ownCaName = "own";

/** Where the CA of somebody's `cacerts` is kept once another one is written there. */
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

/** The bundle while a mesh moves: the CA that signs, trusting every one that `roots` names. */
export function overlappingBundle(
    { roots, signingRoot }: Overlap,
    former: CaBundle,
    own: CaBundle,
): CaBundle {
    const bundles: Record<string, CaBundle> = { [formerCaName]: former, [ownCaName]: own };
    const { ca, chain } = signingRoot === formerCaName ? former : own;
    // Envoy refuses every peer below a CA without a CRL if there are CRLs at all: so there are those of both, or none.
    const crls = former.crls && own.crls && newestCrls([...former.crls, ...own.crls]);
    const trusted = withoutRepetitions(roots.flatMap((name) => bundles[name]?.roots ?? []));
    return CaBundle.of({ ca, chain, roots: trusted, crls });
}
