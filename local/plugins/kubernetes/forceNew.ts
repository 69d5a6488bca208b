import { PropertyValue } from "../provider";
import { isMap } from "../properties";
import { group, isConfigMap, isSecret } from "./kinds";
import { KubernetesObject } from "./kubernetesObject";
import { PropertyPath } from "./propertyPath";

/** Whether the resource's provider updates these kinds in place. */
export interface Mutable {
    enableSecretMutable: boolean;
    enableConfigMapMutable: boolean;
}

/** The paths of the properties whose change replaces the object. */
export function forceNewPaths(object: KubernetesObject, mutable: Mutable): string[] {
    return [...identity, ...kindPaths(object, mutable)];
}

/** Whether a change at this path, to this value, touches one of the paths. */
export function forcesReplacement(path: PropertyPath, value: PropertyValue, forceNew: string[]): boolean {
    return forceNew.some((each) => {
        const steps = each.split(".");
        const shared = Math.min(steps.length, path.length);
        return (
            path.slice(0, shared).every((step, index) => step === steps[index]) &&
            contains(value, steps.slice(shared))
        );
    });
}

function contains(value: PropertyValue | undefined, [step, ...rest]: string[]): boolean {
    return step === undefined || (isMap(value) && value[step] !== undefined && contains(value[step], rest));
}

function kindPaths(object: KubernetesObject, mutable: Mutable): string[] {
    const immutable = object["immutable"] === true;
    if (isSecret(object)) {
        return immutable || !mutable.enableSecretMutable ? ["type", "stringData", "data"] : [];
    }
    if (isConfigMap(object)) {
        return immutable || !mutable.enableConfigMapMutable ? ["binaryData", "data"] : [];
    }
    return byKind[`${group(object.apiVersion)}/${object.kind}`] ?? [];
}

const identity = ["metadata.name", "metadata.namespace"];

/** As the official provider has them, by API group and kind: of those kinds that the program's resources can be. */
const byKind: Record<string, string[]> = {
    "/Service": ["spec.clusterIP"],
    "apps/Deployment": ["spec.selector"],
};
