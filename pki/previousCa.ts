import { CaBundle } from "./caBundle";
import { caCertFile, CaFiles, certChainFile, rootCertFile, SigningCa, signingCa } from "./caFiles";
import { withoutRepetitions } from "./certificate";
import { newestCrls } from "./crl";

/**
 * How far a mesh has migrated from its previous CA to its own, in order: it trusts the previous CA alone, trusts both, signs with its
 * own CA, and trusts its own CA alone.
 */
export const migrationStages = ["trust-previous", "trust-both", "sign-own", "trust-own"] as const;
export type MigrationStage = (typeof migrationStages)[number];

/** Where the CA of somebody's `cacerts` is kept once another one is written there. */
export const keptSecretName = "cacerts-former";

/** Whether istiod still signs with the previous CA. */
export function previousSigns(stage: MigrationStage): boolean {
    return stage === "trust-previous" || stage === "trust-both";
}

/**
 * A previous CA as istiod reads it. Istio's self-signed one is a root, and `istio-ca-secret` holds its certificate and key and
 * further files that are empty.
 *
 * @returns otherwise the names of the missing files
 */
export function previousCa(files: CaFiles): SigningCa | { missing: string[] } {
    const given = Object.fromEntries(Object.entries(files).filter(([, text]) => text !== ""));
    const caCert = given[caCertFile];
    return signingCa({ [certChainFile]: caCert, [rootCertFile]: caCert, ...given });
}

/** The bundle at a stage of the migration: the CA that signs, trusting the roots of both CAs or of one. */
export function overlappingBundle(stage: MigrationStage, previous: CaBundle, own: CaBundle): CaBundle {
    const { ca, chain } = previousSigns(stage) ? previous : own;
    const roots = [
        ...(stage === "trust-own" ? [] : previous.roots),
        ...(stage === "trust-previous" ? [] : own.roots),
    ];
    // Envoy rejects every peer below a CA without a CRL if there are CRLs at all: so there are those of both, or none.
    const crls = previous.crls && own.crls && newestCrls([...previous.crls, ...own.crls]);
    return CaBundle.of({ ca, chain, roots: withoutRepetitions(roots), crls });
}
