import { readClusters } from "../config/root";
import { Certificate } from "../pki/certificate";
import type { Progress } from "./progress";
import { byRole, Project, StackEntry } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/** Which clusters a command continues without, because they cannot be reached. */
export interface WithoutOptions {
    without?: string[];
    /** Asks whether to accept what follows from it. Default: it is accepted. */
    confirm?: (question: string) => Promise<boolean>;
    progress?: Progress;
}

/**
 * The stacks without some clusters, and without what links these to others.
 *
 * @throws Error if one of them is not the stack of a cluster
 */
export function stacksWithout(project: Project, stacks: StackEntry[], without: string[]): StackEntry[] {
    const { clusters, meshes } = byRole(stacks);
    refuseUnknown(without, clusters);
    const linking = meshes.filter(({ name }) =>
        readClusters(project.fileReader(name)).some((cluster) => without.includes(cluster)),
    );
    return stacks.filter((entry) => !without.includes(entry.name) && !linking.includes(entry));
}

/**
 * Takes clusters out of the setting `clusters` of stack root, so that its root can be replaced without them. What follows is said,
 * and has to be confirmed.
 *
 * @param clusters - those that stack root signs for
 * @returns the clusters that remain; undefined if the user did not agree, and nothing was changed
 * @throws Error if one of them is not the stack of a cluster, or none would remain
 */
export async function leaveBehind(
    project: Project,
    rootName: string,
    clusters: string[],
    { without = [], confirm, progress }: WithoutOptions,
): Promise<string[] | undefined> {
    refuseUnknown(without, byRole(project.stacks()).clusters);
    const leaving = without.filter((name) => clusters.includes(name));
    const remaining = clusters.filter((name) => !leaving.includes(name));
    if (leaving.length === 0) {
        return clusters;
    }
    if (remaining.length === 0) {
        throw new Error(`Without ${leaving.join(", ")}, no cluster of stack ${rootName} remains.`);
    }
    for (const line of await consequences(project, rootName, leaving)) {
        progress?.report(line);
    }
    if (confirm && !(await confirm(`Continue without ${leaving.join(", ")}?`))) {
        return undefined;
    }
    const settings = project.settings(rootName);
    settings.replace(settings.with({ clusters: remaining }));
    return remaining;
}

/** What stack root's history says of an `up` with which it stops to sign for clusters; undefined if there are none. */
export async function leftBehind(project: Project, rootName: string): Promise<string | undefined> {
    const { certificates = {} } = await stackOutputs(project, rootName);
    const reader = await project.reader(rootName);
    const clusters = readClusters(reader);
    const left = Object.keys(certificates).filter((name) => !clusters.includes(name));
    return left.length > 0
        ? `Continues without ${left.join(", ")}: no longer in clusters, so its CA is neither renewed nor moved to another root`
        : undefined;
}

/** What it means for clusters to be left behind. */
async function consequences(project: Project, rootName: string, leaving: string[]): Promise<string[]> {
    const { certificates = {}, root } = await stackOutputs(project, rootName);
    const expiries = leaving.map((name) => {
        const [certificate] = Certificate.all(certificates[name]?.pem ?? "");
        return certificate
            ? `${name} expires on ${certificate.facts.notAfter.slice(0, 10)}`
            : `${name} has none`;
    });
    const names = leaving.join(", ");
    return [
        `${names} will be taken out of the setting clusters of stack ${rootName}. What follows:`,
        `  - The CA and the mesh stay as they are, below ${root?.subject ?? "the current root"}. Stack ${rootName} no longer renews the certificate: ${expiries.join(", ")}.`,
        `  - Workloads of ${names} do not learn of the new root. Once it signs, they reject requests from all other clusters.`,
        `  - Once the old root is no longer trusted, all other clusters reject requests from ${names}.`,
        ...links(project, leaving),
        "  - It comes back by a migration, not by an `up`: see docs/rotating.md#a-cluster-that-was-away.",
        `  - The history of stack ${rootName} records it: \`pulumi stack history --stack ${rootName}\`.`,
    ];
}

/** What it means for clusters that are linked to others, and what to do before they are left behind. */
function links(project: Project, leaving: string[]): string[] {
    return byRole(project.stacks()).meshes.flatMap(({ name }) => {
        const linked = readClusters(project.fileReader(name));
        const left = linked.filter((cluster) => leaving.includes(cluster));
        const others = linked.filter((cluster) => !leaving.includes(cluster));
        if (left.length === 0 || others.length === 0) {
            return [];
        }
        const up = `pulumi up --stack ${name} --continue-on-error`;
        const unlink =
            others.length > 1
                ? `take ${left.join(", ")} out of the setting clusters of stack ${name}, then \`${up}\``
                : `\`pulumi destroy --stack ${name} --continue-on-error\``;
        const what = `Stack ${name} links ${left.join(", ")} to ${others.join(", ")}`;
        return [
            `  - ${what}: requests for a service that runs on both sides go to either, and fail on the other side once the new root signs. Unlink first: ${unlink}. It fails for what is in ${left.join(", ")}; run it again once that is back.`,
        ];
    });
}

function refuseUnknown(without: string[], clusters: StackEntry[]): void {
    const known = clusters.map(({ name }) => name);
    const unknown = without.filter((name) => !known.includes(name));
    if (unknown.length > 0) {
        throw new Error(
            `--without names ${unknown.join(", ")}. Allowed: the stacks of clusters: ${known.join(", ")}.`,
        );
    }
}
