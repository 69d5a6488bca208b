import { Secret } from "@pulumi/policy";

/** A text among a resource's properties. */
export interface Text {
    /** Where it is, such as `stringData.ca-key.pem`. */
    path: string;
    text: string;
    /** Whether it is marked as secret; known in `remediateResource` only, other functions see all as if it were plain. */
    secret: boolean;
}

/** What the reading of a property gives; undefined if its value is not known during a preview. */
export function known<T>(read: () => T): T | undefined {
    try {
        return read();
    } catch (error) {
        // @pulumi/policy exports no class for it.
        if ((error as Error).message.endsWith("can't be known during preview")) {
            return undefined;
        }
        throw error;
    }
}

/** All texts among a resource's properties, as far as they are known. */
export function texts(value: unknown, path: string[] = [], secret = false): Text[] {
    if (typeof value === "string") {
        return [{ path: path.join("."), text: value, secret }];
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    const properties = value as Record<string, unknown>;
    return Object.keys(properties).flatMap((name) => {
        const marked = Object.getOwnPropertyDescriptor(properties, name)?.value instanceof Secret;
        return texts(
            known(() => properties[name]),
            [...path, name],
            secret || marked,
        );
    });
}
