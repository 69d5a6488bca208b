import { Stack } from "@pulumi/pulumi/automation";
import { expandHome } from "../config/reader";
import { formerCaName, ownCaName } from "../pki/formerCa";
import type { ClusterOutputs } from "../stacks/outputs";
import { readLiveMesh } from "../verify/liveMesh";
import { Roots } from "./rotation";
import { writeRoots } from "./rotationSettings";

const namespace = "istio-plugin-ca:";

/** A move's settings, while there are any. */
const keys = ["formerCa", "roots", "signingRoot"];

/** Where a mesh stands between its former CA and its stack's. */
export interface Move extends Roots {
    /** Whether no step was taken yet. */
    fresh: boolean;
}

/**
 * Where the mesh of a stack stands; undefined where it has moved. One that has not begun gets the setting `formerCa`: the Secret
 * whose CA istiod signs with.
 *
 * @throws Error where there is nothing to move, or who installs Istio is not said.
 */
export async function readMove(stack: Stack): Promise<Move | undefined> {
    const setting = await settings(stack);
    const { files, formerCa } = (await values(stack)) as Partial<ClusterOutputs>;
    if (files && !formerCa && setting("formerCa") === undefined) {
        return undefined;
    }
    if (!files && !["adopt", "external"].includes(setting("istio") ?? "")) {
        throw new Error(
            `Stack ${stack.name}: say in its setting istio who installs Istio from now on: adopt, this stack, by istioctl with istioProfile, istioSet and istioOperator, which are to be what the mesh was installed with; or external, somebody else.`,
        );
    }
    if (setting("formerCa") === undefined) {
        if (files) {
            return { roots: [ownCaName], signingRoot: ownCaName, fresh: false };
        }
        await stack.setConfig(`${namespace}formerCa`, { value: await liveCa(stack) });
    }
    const roots = JSON.parse(setting("roots") ?? "[]") as string[];
    const first = { roots: [formerCaName], signingRoot: formerCaName };
    if (!formerCa && roots.length === 0) {
        await writeRoots(stack, first, first);
        return { ...first, fresh: true };
    }
    const now = {
        roots: roots.length > 0 ? roots : [formerCaName, ownCaName],
        signingRoot: setting("signingRoot") ?? roots[0] ?? formerCaName,
    };
    await writeRoots(stack, now, now);
    return { ...now, fresh: !files };
}

/** What is left of a move that is over. */
export async function forgetMove(stack: Stack): Promise<void> {
    await stack.removeAllConfig(keys.map((key) => namespace + key));
}

/** How a stack's cluster is reached, and which of its proxies are left out. */
export async function access(
    stack: Stack,
): Promise<{ kubeconfig: string; context: string; exclude: string[] }> {
    const setting = await settings(stack);
    return {
        kubeconfig: expandHome(setting("kubeconfig") ?? process.env["KUBECONFIG"] ?? "~/.kube/config"),
        context: setting("context") ?? "",
        exclude: JSON.parse(setting("verificationExclude") ?? "[]") as string[],
    };
}

/** The stack that signs for a cluster; undefined where it is none of this project. */
export async function signingStack(stack: Stack): Promise<string | undefined> {
    const setting = await settings(stack);
    return setting("role") === "cluster" && setting("signer") !== "outside"
        ? (setting("rootStack") ?? "root")
        : undefined;
}

async function liveCa(stack: Stack): Promise<string> {
    const { kubeconfig, context } = await access(stack);
    const mesh = await readLiveMesh(kubeconfig, context);
    if (!mesh?.ca) {
        throw new Error(
            mesh
                ? `Stack ${stack.name}: istiod signs with a CA that is in neither Secret cacerts nor istio-ca-secret. Name its Secret in the setting formerCa.`
                : `Stack ${stack.name}: there is no mesh in context ${context} that could be moved. \`npm run up -- ${stack.name}\` makes one.`,
        );
    }
    return mesh.ca.secret;
}

async function settings(stack: Stack): Promise<(key: string) => string | undefined> {
    const config = await stack.getAllConfig();
    // A setting that Pulumi.yaml gives an empty default is not set.
    return (key) => config[namespace + key]?.value || undefined;
}

async function values(stack: Stack): Promise<object> {
    const outputs = await stack.outputs();
    return Object.fromEntries(Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]));
}
