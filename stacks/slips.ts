import * as pulumi from "@pulumi/pulumi";
import {
    ClusterSettings,
    IstioMode,
    MeshSettings,
    ReadySettings,
    Settings,
    StandaloneSettings,
} from "../config/settings";
import { meshIdentity, MeshIdentity } from "./meshIdentity";
import { LiveOutputs, readyStatus, standaloneStatus } from "./outputs";

type Role = Settings["role"];

/**
 * What a changed setting would make Pulumi delete, since it deletes what a program no longer has: keys by another role or
 * cluster name, a mesh by `deploy: false`, by another owner of Istio or in another cluster. `pulumi destroy` is the one way to
 * take those down.
 *
 * @returns the cluster that the mesh is in; undefined without a mesh, or where a first preview cannot reach it
 * @throws pulumi.RunError naming what stands, what was set and what to do, in preview and `up` alike.
 */
export async function refuseSlips(
    settings: ClusterSettings | StandaloneSettings | ReadySettings,
    live: LiveOutputs,
): Promise<MeshIdentity | undefined> {
    refuseOtherRole(settings.role, live);
    refuseOtherName(settings, live);
    if (settings.mesh) {
        refuseOtherOwner(settings.mesh, live);
        return meshIdentity(settings.cluster, settings.mesh, live.mesh);
    }
    refuseNoMesh(settings, live);
    return undefined;
}

/** What this stack has live in the cluster: in one that was rebuilt, nothing. */
export function liveIn(identity: MeshIdentity | undefined, live: LiveOutputs): LiveOutputs {
    return live.mesh && identity && live.mesh.uid !== identity.uid ? {} : live;
}

/** A stack's keys are those of its role: another role's program has none of them. */
export function refuseOtherRole(role: Role, live: LiveOutputs): void {
    const before = liveRole(live);
    if (before !== undefined && before !== role) {
        throw refusal(
            `The setting role is ${role}, but this stack is a live one of role ${before}: the change would delete the keys and certificates that it holds${before === "root" ? "" : ", and its mesh"}.`,
            `Set role to ${before}, and use another stack for role ${role}. ${takeDown("this one", before)}`,
        );
    }
}

/** Told by what each role alone exports, which stacks of every version did. */
function liveRole({ roots, csr, status }: LiveOutputs): Role | undefined {
    if (roots) {
        return "root";
    }
    if (csr) {
        return "cluster";
    }
    return status === readyStatus ? "ready" : status === standaloneStatus ? "standalone" : undefined;
}

/** The names of keys and providers hold the cluster's. */
function refuseOtherName({ role, cluster }: { role: Role; cluster: string }, live: LiveOutputs): void {
    const before = live.mesh?.cluster ?? subjectsCluster(live);
    if (before !== undefined && before !== cluster) {
        throw refusal(
            `The cluster's name is ${cluster}, but this stack holds cluster ${before}: the change would delete the key of ${before} and make everything of its mesh again.`,
            `Set cluster to ${before}. ${takeDown("it", role)}`,
        );
    }
}

/** L= in the subject of a CA that a stack of ours made; others choose theirs as they like. */
function subjectsCluster({ ca }: LiveOutputs): string | undefined {
    const ours = /^O=Istio, L=([a-z0-9-]+), CN=Intermediate CA$/;
    return ca && "generation" in ca ? ours.exec(ca.subject)?.[1] : undefined;
}

const holds: Record<IstioMode, string> = {
    install: "namespace istio-system, Secret cacerts and Istio",
    adopt: "what this stack added to the mesh, and its hold of Secret cacerts and Istio",
    external: "what this stack added to the mesh, and its hold of Secret cacerts",
};

function refuseNoMesh({ role }: { role: Role }, { istioMode, istio, mesh }: LiveOutputs): void {
    if (istioMode !== undefined || istio !== undefined || mesh) {
        throw refusal(
            `The setting deploy is false, but this stack has a live mesh${mesh ? ` in cluster ${mesh.cluster}, context ${mesh.context}` : ""}: the change would delete ${holds[istioMode ?? "install"]}.`,
            `Set deploy to true. ${takeDown("the mesh", role)}`,
        );
    }
}

/** Another owner would delete what is there. */
function refuseOtherOwner({ istio, former }: MeshSettings, { istioMode }: LiveOutputs): void {
    if (former && istio === "install" && istioMode !== "install") {
        throw refusal(
            "The setting istio is install, but formerCa says that the mesh was there before this stack.",
            "Set istio to adopt if this stack is to install Istio from now on, else to external.",
        );
    }
    if (istioMode && istio !== istioMode && !(istioMode === "external" && istio === "adopt")) {
        const gone = { install: "namespace istio-system and Istio", adopt: "Istio", external: "nothing" };
        throw refusal(
            `The setting istio is ${istio}, but this mesh was brought up with ${istioMode}: the change would delete ${gone[istioMode]}.`,
            `Set istio to ${istioMode}.`,
        );
    }
}

/** Of the roles, root and standalone protect a root's key. */
function takeDown(what: string, role: Role): string {
    const stack = pulumi.getStack();
    const unprotect =
        role === "root" || role === "standalone"
            ? `\`pulumi state unprotect --all --stack ${stack}\` and `
            : "";
    return `To take ${what} down: ${unprotect}\`pulumi destroy --stack ${stack}\`.`;
}

function refusal(found: string, remedy: string): pulumi.RunError {
    return new pulumi.RunError(`${found} Nothing was changed. ${remedy}`);
}
