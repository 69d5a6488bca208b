import { PropertyMap, PropertyValue } from "./provider";

/** The key that marks an object as a special value on the wire. */
export const signatureKey = "4dabf18193072939515e22adb298388d";

/** What {@link signatureKey} holds for a secret, whose `value` is next to it. */
const secretSignature = "1b47061264138c4ac30d75fd1eb44270";

/** What {@link signatureKey} holds for an output value: `value` (missing: unknown), `secret`, `dependencies`. */
const outputSignature = "d0e6a833031e9bbcd3f4e8bde6ca49a4";

/** A value that is not known during a preview. */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

export function isUnknown(value: PropertyValue | undefined): boolean {
    return value === unknownValue;
}

/** Whether any part of the value is unknown, inside secrets too. */
export function containsUnknown(value: PropertyValue | undefined): boolean {
    if (Array.isArray(value)) {
        return value.some(containsUnknown);
    }
    if (isMap(value)) {
        return (
            (value[signatureKey] === outputSignature && value["value"] === undefined) ||
            Object.values(value).some(containsUnknown)
        );
    }
    return isUnknown(value);
}

export function isSecret(value: PropertyValue | undefined): boolean {
    return isMap(value) && value[signatureKey] === secretSignature;
}

/** Marks a value as a secret, once. */
export function secret(value: PropertyValue): PropertyMap {
    return isSecret(value) ? (value as PropertyMap) : { [signatureKey]: secretSignature, value };
}

/** The value with every secret in it replaced by what it holds. */
export function unwrapSecrets<T extends PropertyValue | undefined>(value: T): T;
export function unwrapSecrets(value: PropertyValue | undefined): PropertyValue | undefined {
    if (Array.isArray(value)) {
        return value.map((element) => unwrapSecrets(element));
    }
    if (!isMap(value)) {
        return value;
    }
    if (isSecret(value)) {
        return unwrapSecrets(value["value"] ?? null);
    }
    return Object.fromEntries(Object.entries(value).map(([name, element]) => [name, unwrapSecrets(element)]));
}

/** Whether any part of the value is a secret. */
export function containsSecret(value: PropertyValue | undefined): boolean {
    if (Array.isArray(value)) {
        return value.some(containsSecret);
    }
    return isMap(value) && (isSecret(value) || Object.values(value).some(containsSecret));
}

/** Whether the value is a JSON object (a special value too). */
export function isMap(value: PropertyValue | undefined): value is PropertyMap {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
