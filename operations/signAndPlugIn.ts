import type { EngineEvent } from "@pulumi/pulumi/automation";
import type { VerificationInput } from "../verify/input";
import type { Task } from "./progress";
import { byRole, StackEntry } from "./project/project";
import type { Walk } from "./walk";

/**
 * Lets root sign, then the clusters plug in what it has signed: the rest of an `up` once every cluster has requested its certificate.
 *
 * @param onVerified - called for each stack whose `up` verified that every proxy of its mesh has picked up the CA
 */
export function signAndPlugIn(
    walk: Walk,
    stacks: StackEntry[],
    onVerified: (stack: string) => void = () => undefined,
): Task[] {
    const { roots, clusters } = byRole(stacks);
    return [
        ...walk.up("Sign", roots),
        ...walk.up("Plug in", clusters, (event, stack) => sawProxies(event) && onVerified(stack)),
    ];
}

/** Whether this `up` ran a {@link MeshVerification}, and one that includes the proxies. */
function sawProxies({ resOutputsEvent }: EngineEvent): boolean {
    const { urn = "", op, new: made } = resOutputsEvent?.metadata ?? {};
    if (!made || !urn.includes(":MeshVerification$") || (op !== "create" && op !== "update")) {
        return false;
    }
    return (JSON.parse(String(made.inputs["stdin"])) as VerificationInput).proxies ?? true;
}
