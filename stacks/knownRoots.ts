import * as pulumi from "@pulumi/pulumi";
import { caCertsSecretName, PublicFiles, rootCertFile } from "../pki/bundle";
import { CaCertificate } from "../pki/caCertificate";
import { CertificateFacts } from "../pki/certificates";
import { valueOf } from "./outputs";
import { leadsTo, LiveRoots } from "./rootSteps";
import { SigningRoot } from "./signingRoot";

/**
 * Refuses to go on from a state that is older than what clusters trust: what it would sign or leave out of the trust bundle could
 * part them. Which roots were replaced on purpose, the state says; a cluster that still stands on one of those is named only.
 *
 * @param plugged - the files that are plugged in, by cluster, of those that are not on their way from another CA
 * @throws pulumi.RunError naming the roots that the state does not know, and what to do.
 */
export function refuseUnknownRoots(
    { trustBundle, retired }: LiveRoots,
    plugged: Record<string, PublicFiles>,
): void {
    const trusted = CaCertificate.all(trustBundle);
    for (const [cluster] of Object.entries(plugged).filter(([, files]) => !leadsTo(trusted, files))) {
        void pulumi.log.warn(
            `Cluster ${cluster} stands on a root that is gone from the trust bundle. ${move(cluster)}`,
        );
    }
    const known = new Set([...(retired ?? []), ...trusted.map(({ fingerprint }) => fingerprint)]);
    const unknown = Object.entries(plugged).flatMap(([cluster, files]) => {
        const roots = CaCertificate.all(files[rootCertFile]);
        const strange = roots.filter(({ fingerprint }) => !known.has(fingerprint));
        // One that knows none of ours is on its way from another stack's root, and refuses ours itself until it moves.
        return strange.length === roots.length ? [] : strange.map(({ name }) => ({ cluster, name }));
    });
    // The state of an earlier version does not say which were replaced.
    if (retired === undefined || unknown.length === 0) {
        return;
    }
    const clusters = [...new Set(unknown.map(({ cluster }) => cluster))];
    const roots = [...new Set(unknown.map(({ name }) => name))];
    throw new pulumi.RunError(
        `The workloads of ${clusters.join(", ")} trust ${roots.join(", ")}, which this stack's state does not know: it was restored from an older backup, perhaps. Nothing was changed. Import the newest state: \`pulumi stack import --stack ${pulumi.getStack()} --file …\`. If that root is gone for good: ${clusters.map((cluster) => `\`pulumi config set formerCa istio-system/${caCertsSecretName} --stack ${cluster}\` and \`pulumi up --stack ${cluster}\``).join(", ")}, then this again, and \`npm run migrate -- ${clusters.join(" ")}\`.`,
    );
}

/**
 * A root's key that is gone from the state was made again by now, and with it another root of the same name.
 *
 * @param cas - those that this stack made
 * @throws pulumi.RunError before any of them signs.
 */
export async function refuseRemadeRoots(
    cas: [string, SigningRoot][],
    { roots }: Pick<LiveRoots, "roots">,
): Promise<void> {
    const remade: string[] = [];
    for (const [name, { certPem }] of cas.filter(([name]) => name in roots)) {
        const [root] = CaCertificate.all((await valueOf(certPem)) ?? "");
        if (root?.fingerprint !== roots[name]?.fingerprint) {
            remade.push(name);
        }
    }
    if (remade.length > 0) {
        throw new pulumi.RunError(
            `Root ${remade.join(", ")} is another than the one that clusters trust: its key or its certificate is gone from this stack's state. Nothing was signed. Import a backup of the state: \`pulumi stack import --stack ${pulumi.getStack()} --file …\`. If there is none, make a root in a new stack, name that in the setting rootStack of each cluster, and move them: see docs/rotating.md#a-root-key-that-is-lost.`,
        );
    }
}

/**
 * The same for a stack that is root and cluster in one.
 *
 * @throws pulumi.RunError before anything is plugged in.
 */
export function refuseRemadeRoot(rootCertPem: string, live: CertificateFacts | undefined): void {
    const [root] = CaCertificate.all(rootCertPem);
    if (live && root?.fingerprint !== live.fingerprint) {
        const stack = pulumi.getStack();
        throw new pulumi.RunError(
            `The root is another than the one that workloads trust: its key or its certificate is gone from this stack's state. cacerts was left as it is. Import a backup of the state: \`pulumi stack import --stack ${stack} --file …\`. If there is none and a new beginning does no harm: \`pulumi destroy --stack ${stack}\`, then \`pulumi up --stack ${stack}\`.`,
        );
    }
}

function move(cluster: string): string {
    return `\`pulumi config set formerCa istio-system/${caCertsSecretName} --stack ${cluster}\` and \`npm run migrate -- ${cluster}\` move it to this one in steps.`;
}
