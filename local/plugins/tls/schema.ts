import { isDeepStrictEqual } from "node:util";
import { isMap, secret, unknownValue, unwrapSecrets } from "../properties";
import { CheckFailure, PropertyMap, PropertyValue } from "../provider";

/** The properties of one kind of resource. */
export interface ResourceSchema {
    readonly properties: Record<string, Property>;
    /** Whether a change of any property makes all computed ones unknown. */
    readonly recomputed?: boolean;
    /** The version of the official provider's schema, if it is not 0. */
    readonly version?: number;
}

/** What is known of one property. */
export interface Property {
    /** Given by the program; the others are computed. */
    readonly input?: boolean;
    /** An input that is unknown until created when the program does not give it. */
    readonly optionalComputed?: boolean;
    readonly default?: PropertyValue;
    readonly secret?: boolean;
    /** Whether a change updates the resource in place; otherwise it replaces it. */
    readonly updatable?: boolean;
    /** The values allowed, of each element if it is a list. */
    readonly oneOf?: readonly string[];
    readonly minimum?: number;
    readonly type?: "list" | "subject";
}

/** The parts of a subject, in the official provider's schema. */
const subjectParts = [
    "commonName",
    "country",
    "emailAddress",
    "locality",
    "organization",
    "organizationalUnit",
    "postalCode",
    "province",
    "serialNumber",
    "streetAddresses",
];

/** The values that are not allowed, in the official provider's words. */
export function validate(schema: ResourceSchema, resource: string, inputs: PropertyMap): CheckFailure[] {
    return Object.entries(schema.properties).flatMap(([name, property]) => {
        const given = unwrapSecrets(inputs[name]);
        const values = Array.isArray(given) ? given : [given];
        return values.flatMap((value, index) => {
            const element = Array.isArray(given) ? `[${index}]` : "";
            const reason = rejection(property, snakeCase(name) + element, value);
            return reason
                ? [{ reason: `${reason}. Examine values at '${resource}.${name}${element}'.` }]
                : [];
        });
    });
}

/** The inputs with defaults; what is computed comes from the state or is unknown. */
export function plan(schema: ResourceSchema, inputs: PropertyMap, state?: PropertyMap): PropertyMap {
    const planned: PropertyMap = {};
    for (const [name, property] of Object.entries(schema.properties)) {
        const value = unwrapSecrets(inputs[name]) ?? property.default;
        const computed = !property.input || property.optionalComputed;
        planned[name] = value ?? (computed ? (state ? state[name] : unknownValue) : undefined);
    }
    return planned;
}

/** The properties in which the plan differs from the state; an empty value is the same as none. */
export function changed(schema: ResourceSchema, planned: PropertyMap, state: PropertyMap): string[] {
    return Object.keys(schema.properties).filter(
        (name) => !isDeepStrictEqual(compact(planned[name]), compact(state[name])),
    );
}

/** The properties with those marked that are secret and known. */
export function withSecrets(schema: ResourceSchema, properties: PropertyMap): PropertyMap {
    return Object.fromEntries(
        Object.entries(properties).map(([name, value]) => {
            const isKnown = value !== undefined && value !== unknownValue;
            return [name, schema.properties[name]?.secret && isKnown ? secret(value) : value];
        }),
    );
}

/** The state as it is saved: secrets marked, with what the official provider needs to read it back. */
export function outputs(schema: ResourceSchema, state: PropertyMap): PropertyMap {
    const known = Object.keys(schema.properties).map((name) => [name, unwrapSecrets(state[name])] as const);
    return {
        ...withSecrets(schema, Object.fromEntries(known)),
        __pulumi_raw_state_delta: { obj: rawStateDelta(schema, state) },
        ...(schema.version && { __meta: JSON.stringify({ schema_version: String(schema.version) }) }),
    };
}

function rejection(
    property: Property,
    attribute: string,
    value: PropertyValue | undefined,
): string | undefined {
    if (
        property.oneOf &&
        typeof value === "string" &&
        value !== unknownValue &&
        !property.oneOf.includes(value)
    ) {
        const allowed = property.oneOf.map((one) => JSON.stringify(one)).join(" ");
        return `Invalid Attribute Value Match. Attribute ${attribute} value must be one of: [${allowed}], got: "${value}"`;
    }
    if (property.minimum !== undefined && typeof value === "number" && value < property.minimum) {
        return `Invalid Attribute Value. Attribute ${attribute} value must be at least ${property.minimum}, got: ${value}`;
    }
    return undefined;
}

/** How the official provider's own state differs from these outputs: which values are lists, and which are null. */
function rawStateDelta(schema: ResourceSchema, state: PropertyMap): PropertyMap {
    const parts: PropertyMap = {};
    for (const [name, property] of Object.entries(schema.properties)) {
        const value = state[name];
        if (value === undefined || value === null) {
            parts[name] = nullDelta;
        } else if (property.type === "list") {
            parts[name] = { arr: {} };
        } else if (isMap(value) && property.type === "subject") {
            parts[name] = { plu: { i: { obj: subjectDelta(value) } } };
        }
    }
    return Object.keys(parts).length === 0 ? {} : { ps: parts };
}

function subjectDelta(subject: PropertyMap): PropertyMap {
    const parts: PropertyMap = {};
    for (const part of subjectParts) {
        if (subject[part] === undefined) {
            parts[part] = nullDelta;
        } else if (Array.isArray(subject[part])) {
            parts[part] = { arr: {} };
        }
    }
    return { ps: parts, renamed: { streetAddresses: "street_address" } };
}

const nullDelta = secret({ replace: { raw: null } });

function compact(value: PropertyValue | undefined): PropertyValue {
    if (value === undefined || value === "" || (Array.isArray(value) && value.length === 0)) {
        return null;
    }
    if (!isMap(value)) {
        return value;
    }
    const members = Object.entries(value).map(([name, member]) => [name, compact(member)] as const);
    return Object.fromEntries(members.filter(([, member]) => member !== null));
}

function snakeCase(name: string): string {
    return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
