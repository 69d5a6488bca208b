import { PropertyMap, PropertyValue } from "../provider";
import { containsUnknown, isMap } from "../properties";
import { KubernetesObject, toObject } from "./kubernetesObject";
import { isBuiltIn, isSecret } from "./kinds";

/**
 * The object as the API's own types would write it, so that inputs that mean the same do not differ: empty
 * lists, maps and strings are left out, a Secret's `stringData` becomes `data`, what only the server sets
 * is removed. Inputs with unknowns keep their shape.
 */
export function normalize(properties: PropertyMap): KubernetesObject {
    const object = toObject(properties);
    const known = isBuiltIn(object) && !containsUnknown(object);
    const normalized = known
        ? toObject(omitEmpty(isSecret(object) ? encodeStringData(object) : object))
        : object;
    for (const field of serverFields) {
        delete normalized.metadata[field];
    }
    return normalized;
}

/** `stringData` has precedence over `data`, as on the server. */
function encodeStringData({ stringData, ...secret }: KubernetesObject): PropertyMap {
    if (!isMap(stringData)) {
        return secret;
    }
    const data: PropertyMap = isMap(secret["data"]) ? { ...secret["data"] } : {};
    for (const [key, value] of Object.entries(stringData)) {
        data[key] = typeof value === "string" ? Buffer.from(value).toString("base64") : value;
    }
    return { ...secret, data };
}

function omitEmpty(map: PropertyMap): PropertyMap {
    return Object.fromEntries(
        Object.entries(map)
            .filter(([key, value]) => !isEmpty(key, value))
            .map(([key, value]) => [key, stringMaps.has(key) ? value : omitEmptyWithin(value)]),
    );
}

function omitEmptyWithin(value: PropertyValue | undefined): PropertyValue | undefined {
    if (Array.isArray(value)) {
        return value.map((element) => omitEmptyWithin(element) ?? null);
    }
    return isMap(value) ? omitEmpty(value) : value;
}

function isEmpty(key: string, value: PropertyValue | undefined): boolean {
    if (value === undefined || value === null || value === "") {
        return true;
    }
    return Array.isArray(value)
        ? value.length === 0
        : isMap(value) && stringMaps.has(key) && Object.keys(value).length === 0;
}

/**
 * The fields that are maps with keys of the user's choice; any other empty map, as `emptyDir: {}`, means
 * something.
 */
const stringMaps = new Set([
    "annotations",
    "binaryData",
    "data",
    "labels",
    "limits",
    "matchLabels",
    "nodeSelector",
    "parameters",
    "requests",
    "stringData",
]);

const serverFields = [
    "creationTimestamp",
    "deletionGracePeriodSeconds",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
];
