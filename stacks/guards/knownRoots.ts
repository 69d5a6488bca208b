import * as pulumi from "@pulumi/pulumi";
import { caCertsSecretName } from "../../pki/caFiles";
import type { CaBundle } from "../../pki/caBundle";
import { CaCertificate } from "../../pki/caCertificate";
import { Refusal } from "../refusal";
import { RootChange } from "../rootChange";

/**
 * A state that is older than what clusters trust: what it would sign or leave out of the trust bundle could part them. The state
 * says which roots were replaced on purpose; a cluster below one of those is a warning. One that has migrated to none of this
 * stack's roots yet is passed over.
 */
export async function stateOutdated({
    last: { roots, trustBundle, retired },
    asked,
}: Pick<RootChange, "last" | "asked">): Promise<Refusal | undefined> {
    if (!roots || trustBundle === undefined) {
        return undefined;
    }
    const { settled } = await asked();
    const trusted = CaCertificate.all(trustBundle);
    for (const [cluster] of Object.entries(settled).filter(([, bundle]) => !bundle.dependsOn(trusted))) {
        void pulumi.log.warn(
            `Cluster ${cluster} is below a root that is gone from the trust bundle. ${migration(cluster)}`,
        );
    }
    const unknown = unknownRoots({ trustBundle, retired }, settled);
    return unknown.length === 0 ? undefined : refusal(unknown);
}

/** A root that a cluster trusts. */
interface TrustedRoot {
    cluster: string;
    name: string;
}

/** The roots that clusters trust and that stack root has never had. The state of an earlier version does not say which it had. */
export function unknownRoots(
    { trustBundle = "", retired }: RootChange["last"],
    settled: Record<string, CaBundle>,
): TrustedRoot[] {
    if (retired === undefined) {
        return [];
    }
    const known = new Set([
        ...retired,
        ...CaCertificate.all(trustBundle).map(({ fingerprint }) => fingerprint),
    ]);
    return Object.entries(settled).flatMap(([cluster, { roots: all }]) => {
        const strange = all.filter(({ fingerprint }) => !known.has(fingerprint));
        // A cluster that knows none of ours comes from another stack's root, and refuses ours itself until it migrates.
        return strange.length === all.length ? [] : strange.map(({ name }) => ({ cluster, name }));
    });
}

function refusal(unknown: TrustedRoot[]): Refusal {
    const clusters = [...new Set(unknown.map(({ cluster }) => cluster))];
    const names = [...new Set(unknown.map(({ name }) => name))].join(", ");
    const commands = clusters.map(
        (cluster) =>
            `\`pulumi config set previousCa istio-system/${caCertsSecretName} --stack ${cluster}\` and \`pulumi up --stack ${cluster}\``,
    );
    return {
        id: "state-outdated",
        found: `The workloads of ${clusters.join(", ")} trust ${names}, which this stack's state does not know. Perhaps it was restored from an older backup.`,
        remedy: `Import the newest state: \`pulumi stack import --stack ${pulumi.getStack()} --file …\`. If that root is gone for good: ${commands.join(", ")}, then this again, and \`npm run migrate -- ${clusters.join(" ")}\`.`,
    };
}

function migration(cluster: string): string {
    return `\`pulumi config set previousCa istio-system/${caCertsSecretName} --stack ${cluster}\` and \`npm run migrate -- ${cluster}\` migrate it to this one in steps.`;
}
