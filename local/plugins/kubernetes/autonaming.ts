import { createHash } from "node:crypto";
import { CheckRequest } from "../provider";
import { annotationIsTrue, annotations, KubernetesObject } from "./kubernetesObject";

/**
 * Gives an object without a name one: the name that was generated for it before, or a new one.
 *
 * @param previous the resource's old inputs, if it exists.
 */
export function autoname(
    object: KubernetesObject,
    previous: KubernetesObject | undefined,
    request: CheckRequest,
): void {
    if (object.metadata.name) {
        return;
    }
    if (!previous) {
        setName(object, newName(request));
    } else if (isAutonamed(previous)) {
        setName(object, previous.metadata.name ?? newName(request));
    }
}

export function isAutonamed(object: KubernetesObject): boolean {
    return annotationIsTrue(object, annotations.autonamed);
}

function setName({ metadata }: KubernetesObject, name: string): void {
    metadata.name = name;
    metadata.annotations = { ...metadata.annotations, [annotations.autonamed]: "true" };
}

/**
 * The resource's name and 8 hexadecimal digits from the engine's seed, unless the user configured other
 * names.
 */
function newName({ name, randomSeed, autonaming }: CheckRequest): string {
    if (autonaming?.mode === "DISABLE") {
        throw new Error("autonaming is disabled, resource requires the .metadata.name field to be set");
    }
    const suffix = createHash("sha256").update(randomSeed).digest("hex").slice(0, 8);
    return autonaming?.proposedName || `${name}-${suffix}`;
}
