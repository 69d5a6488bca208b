import * as pulumi from "@pulumi/pulumi";
import { LinkChange, Member, ordered, pairs } from "../linkChange";
import { Refusal } from "../refusal";

/** A cluster has a CA, a mesh, and a place in a mesh of several from its own stack. */
export async function memberNotReady(change: LinkChange): Promise<Refusal | undefined> {
    const faults = (await change.outputs()).flatMap(({ stack, bundle, identity, multicluster }) => {
        const up = `\`pulumi up --stack ${stack}\``;
        return bundle === undefined
            ? [`Stack ${stack} has no CA plugged in: ${up}.`]
            : identity === undefined
              ? [`Stack ${stack} has no mesh: set deploy to true and context, then ${up}.`]
              : multicluster === undefined
                ? [`Stack ${stack} has a mesh of its own alone: set meshId there, then ${up}.`]
                : [];
    });
    return refusal("member-not-ready", faults, "Bring the stacks up as each line says, then this one.");
}

/** Istio distinguishes the clusters of a mesh by their names. */
export async function membersCollide(change: LinkChange): Promise<Refusal | undefined> {
    const faults = pairs(await change.members()).flatMap(([one, other]) =>
        one.uid === other.uid
            ? [`Stacks ${one.stack} and ${other.stack} are in one cluster, UID ${one.uid}.`]
            : one.cluster === other.cluster
              ? [`The clusters of the stacks ${one.stack} and ${other.stack} are both named ${one.cluster}.`]
              : [],
    );
    const remedy =
        "Name in the setting clusters one stack for each cluster; a cluster's name is its stack's setting cluster.";
    return refusal("members-collide", faults, remedy);
}

/** Workloads of one mesh have one mesh ID and one trust domain. */
export async function membersDiffer(change: LinkChange): Promise<Refusal | undefined> {
    const members = await change.members();
    const faults = (["meshId", "trustDomain"] as const).flatMap((setting) => {
        const values = new Set(members.map(({ multicluster }) => multicluster[setting]));
        const found = members.map(({ stack, multicluster }) => `${multicluster[setting]} in ${stack}`);
        return values.size > 1 ? [`The setting ${setting} differs: ${found.join(", ")}.`] : [];
    });
    const remedy =
        "Set both to the same values in all clusters of the mesh. Their pods need a restart afterwards.";
    return refusal("members-differ", faults, remedy);
}

/** Each cluster's workloads must accept those of each other one. */
export async function membersReject(change: LinkChange): Promise<Refusal | undefined> {
    const members = await change.members();
    const faults = ordered(members).flatMap(([one, other]) => {
        const fault = one.bundle.faultUnder(other.bundle.roots);
        return fault === undefined
            ? []
            : [`The workloads of ${other.cluster} would reject those of ${one.cluster}: ${fault}.`];
    });
    if (faults.length === 0) {
        warnOfRotation(members);
    }
    const remedy =
        "Finish the rotation or migration that is under way (`npm run rotate`, `npm run migrate`), or let one root sign all clusters; with several roots, all clusters must trust all of them.";
    return refusal("members-reject", faults, remedy);
}

/** Clusters of two networks reach each other through the gateway of the one that is asked. */
export async function gatewayMissing(change: LinkChange): Promise<Refusal | undefined> {
    const members = await change.members();
    const networks = new Set(members.map(({ multicluster }) => multicluster.network));
    const faults =
        networks.size < 2
            ? []
            : members.flatMap(({ stack, multicluster: { network, gateway } }) =>
                  gateway === undefined
                      ? [
                            `Cluster ${stack} is in network ${network} and has no east-west gateway: set eastWestGateway to true there, then \`pulumi up --stack ${stack}\`.`,
                        ]
                      : gateway.length === 0
                        ? [
                              `The east-west gateway of ${stack} has no address yet: see \`kubectl get service istio-eastwestgateway -n istio-system\`; once it has one, \`pulumi up --refresh --stack ${stack}\`.`,
                          ]
                        : [],
              );
    return refusal(
        "gateway-missing",
        faults,
        "Clusters whose pods reach each other directly have the same network instead.",
    );
}

/** An address of this machine's loopback leads nowhere in another cluster. */
export async function apiServerLocal(change: LinkChange): Promise<Refusal | undefined> {
    const faults = (await change.members()).flatMap(({ stack, server }) =>
        server === "" || /^https?:\/\/(localhost|127\.|\[::1\]|0\.0\.0\.0)/.test(server)
            ? [
                  `The API server of ${stack} is ${server || "unknown"}, an address that no other cluster reaches.`,
              ]
            : [],
    );
    const remedy = `Set apiServers to the addresses that the other clusters reach: \`pulumi config set --path 'apiServers[0]' cluster=https://… --stack ${pulumi.getStack()}\`.`;
    return refusal("api-server-local", faults, remedy);
}

function warnOfRotation(members: Member[]): void {
    const roots = members.map(({ bundle }) =>
        bundle.roots
            .map(({ fingerprint }) => fingerprint)
            .sort()
            .join(),
    );
    if (new Set(roots).size > 1) {
        void pulumi.log.warn(
            "The clusters trust each other, but not the same roots: a root is being replaced, or some trust others too.",
        );
    }
}

function refusal(id: Refusal["id"], faults: string[], remedy: string): Refusal | undefined {
    return faults.length === 0 ? undefined : { id, found: faults.join("\n    "), remedy };
}
