import { randomBytes } from "node:crypto";
import { ProviderConfig } from "./config";
import { annotation, annotations, KubernetesObject } from "./kubernetesObject";

/**
 * The name under which a resource's fields are applied: the program's choice, otherwise the one in the resource's state, otherwise
 * a new one, so that two resources that patch one object stay apart. Without server-side apply all have the same.
 */
export function fieldManager(config: ProviderConfig, inputs: KubernetesObject, known = ""): string {
    if (!config.enableServerSideApply) {
        return "pulumi-kubernetes";
    }
    const chosen = annotation(inputs, annotations.patchFieldManager) || known;
    return chosen || `pulumi-kubernetes-${randomBytes(4).toString("hex")}`;
}
