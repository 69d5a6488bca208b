import * as pulumi from "@pulumi/pulumi";
import { firstRootName, RootSettings } from "../config/settings";
import { caCertFile, certChainFile, PublicFiles, rootCertFile } from "../pki/bundle";
import { CaCertificate } from "../pki/caCertificate";
import { CertificateFacts } from "../pki/certificates";
import { chainTo } from "../pki/certificatePath";

/** Stack root as its last `up` left it. */
export interface LiveRoots {
    /** By name. */
    roots: Record<string, CertificateFacts>;
    trustBundle: string;
    /** The fingerprints of those that were replaced; undefined where an earlier version was at work. */
    retired?: string[] | undefined;
}

/**
 * A root is replaced in three steps, each through all clusters: trust both, sign with the new one, trust it alone. What
 * jumps over one is refused, since workloads would refuse each other.
 *
 * @param plugged - the files that are plugged in, by cluster
 * @throws pulumi.RunError naming the clusters that are behind, and the step to take.
 */
export function refuseJump(
    { roots, signingRoot, existing }: Pick<RootSettings, "roots" | "signingRoot" | "existing">,
    live: LiveRoots,
    plugged: Record<string, PublicFiles>,
): void {
    // Not those that stand on another root: they are on their way from it, or were away while it was replaced.
    const before = CaCertificate.all(live.trustBundle);
    const clusters = Object.entries(plugged).filter(([, files]) => leadsTo(before, files));
    // Another certificate under the same name is another root.
    const given = existing && CaCertificate.all(existing.certPem)[0]?.fingerprint;
    const named = (name: string) =>
        name === firstRootName && given !== undefined ? given : live.roots[name]?.fingerprint;
    const signer = named(signingRoot);
    // A root that is only about to be made is trusted by nobody.
    const distrusting = (signer === undefined ? Object.entries(plugged) : clusters)
        .filter(
            ([, files]) =>
                !CaCertificate.all(files[rootCertFile]).some((each) => each.fingerprint === signer),
        )
        .map(([cluster]) => cluster);
    if (distrusting.length > 0) {
        throw refusal(
            `Root ${signingRoot} cannot sign yet: the workloads of ${distrusting.join(", ")} do not trust it.`,
            "Let roots name it beside the one that signs, leave signingRoot as it was, and bring all clusters up. Take one that is away out of clusters until it is back.",
        );
    }
    const kept = before.filter((certificate) =>
        roots.some((name) => named(name) === certificate.fingerprint),
    );
    const orphaned = clusters.filter(([, files]) => !leadsTo(kept, files)).map(([cluster]) => cluster);
    if (orphaned.length > 0) {
        const gone = Object.entries(live.roots)
            .filter(([name, { fingerprint }]) => !roots.includes(name) || named(name) !== fingerprint)
            .map(([name]) => name);
        throw refusal(
            `Root ${gone.join(", ")} cannot go yet: the CA of ${orphaned.join(", ")} is signed by it.`,
            "Keep it in roots, let signingRoot name the one that is to stay, and bring all clusters up. Take one that is away out of clusters until it is back.",
        );
    }
}

/** Whether the CA that is plugged in stands on one of these roots; a former CA that still signs does not. */
export function leadsTo(roots: CaCertificate[], files: PublicFiles): boolean {
    const [ca] = CaCertificate.all(files[caCertFile]);
    return ca !== undefined && chainTo(ca, roots, CaCertificate.all(files[certChainFile])).length > 0;
}

function refusal(found: string, remedy: string): pulumi.RunError {
    return new pulumi.RunError(
        `${found} Nothing was changed. ${remedy} \`npm run rotate\` walks all steps of a rotation.`,
    );
}
