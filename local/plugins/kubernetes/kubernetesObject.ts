import { PropertyMap, PropertyValue } from "../provider";
import { isMap } from "../properties";

/** An object as the API server accepts and returns it: no secret is marked in it. */
export interface KubernetesObject extends PropertyMap {
    apiVersion: string;
    kind: string;
    metadata: ObjectMeta;
}

export interface ObjectMeta extends PropertyMap {
    name?: string;
    namespace?: string;
    uid?: string;
    generation?: number;
    resourceVersion?: string;
    annotations?: Record<string, string>;
    labels?: Record<string, string>;
    finalizers?: string[];
    managedFields?: ManagedFieldsEntry[];
}

export interface ManagedFieldsEntry extends PropertyMap {
    manager?: string;
    operation?: string;
    subresource?: string;
    fieldsV1?: PropertyMap;
}

/** The identity of an object; a namespace that a namespaced kind lacks is `default`. */
export type ObjectReference = Pick<KubernetesObject, "apiVersion" | "kind"> & {
    metadata: { name?: string; namespace?: string };
};

/** Objects of one kind in one namespace. */
export interface ObjectQuery {
    apiVersion: string;
    kind: string;
    namespace?: string;
    labelSelector?: string;
    fieldSelector?: string;
}

/** The annotations by which a program steers the provider; see the package's documentation. */
export const annotations = {
    autonamed: "pulumi.com/autonamed",
    deletionPropagationPolicy: "pulumi.com/deletionPropagationPolicy",
    patchFieldManager: "pulumi.com/patchFieldManager",
    patchForce: "pulumi.com/patchForce",
    skipAwait: "pulumi.com/skipAwait",
    timeoutSeconds: "pulumi.com/timeoutSeconds",
    waitFor: "pulumi.com/waitFor",
} as const;

/** The properties as an object of the API, with `metadata` at least empty. */
export function toObject(properties: PropertyMap): KubernetesObject {
    return {
        ...properties,
        apiVersion: asString(properties["apiVersion"]),
        kind: asString(properties["kind"]),
        metadata: isMap(properties["metadata"]) ? { ...properties["metadata"] } : {},
    };
}

/** The value at the path, if every step of it is there. */
export function pluck(value: PropertyValue | undefined, ...path: string[]): PropertyValue | undefined {
    return path.reduce<PropertyValue | undefined>((at, key) => (isMap(at) ? at[key] : undefined), value);
}

/** The list at the path; empty when it is not there. */
export function pluckList(value: PropertyValue | undefined, ...path: string[]): PropertyValue[] {
    const list = pluck(value, ...path);
    return Array.isArray(list) ? list : [];
}

/** A copy of the map without some of its keys. */
export function without<T extends PropertyMap>(map: T, ...keys: string[]): T {
    return Object.fromEntries(Object.entries(map).filter(([key]) => !keys.includes(key))) as T;
}

/** The value of an annotation, empty when it is not set. */
export function annotation(object: PropertyMap, key: string): string {
    return asString(pluck(object, "metadata", "annotations", key));
}

export function annotationIsTrue(object: PropertyMap, key: string): boolean {
    return annotation(object, key) === "true";
}

/** What Pulumi uses as the resource's ID: `namespace/name`, or `name` without a namespace. */
export function objectId({ metadata }: KubernetesObject): string {
    return [metadata.namespace, metadata.name].filter(Boolean).join("/");
}

/** The namespace (empty: none) and name in a resource's ID. */
export function parseObjectId(id: string): { namespace: string; name: string } {
    const [first = "", second] = id.split("/");
    return second === undefined ? { namespace: "", name: first } : { namespace: first, name: second };
}

function asString(value: PropertyValue | undefined): string {
    return typeof value === "string" ? value : "";
}
