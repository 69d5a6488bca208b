import { PropertyMap, PropertyValue } from "../provider";
import { containsSecret, isMap, isSecret, secret, unwrapSecrets } from "../properties";
import { KubernetesObject, toObject } from "./kubernetesObject";

/** The keys of a resource's state that are not the object's own. */
const inputsKey = "__inputs";
const initialApiVersionKey = "__initialApiVersion";
const fieldManagerKey = "__fieldManager";

/** What the state of a resource holds in addition to the live object. */
export interface Checkpoint {
    inputs: KubernetesObject;
    live: KubernetesObject;
    initialApiVersion: string;
    fieldManager: string;
}

/**
 * The outputs of a resource: the live object and the provider's own notes, secret if the program's
 * inputs are.
 */
export function writeCheckpoint(checkpoint: Checkpoint, programInputs: PropertyMap): PropertyMap {
    return {
        ...markSecrets(checkpoint.live, programInputs),
        [inputsKey]: markSecrets(checkpoint.inputs, programInputs),
        [initialApiVersionKey]: checkpoint.initialApiVersion,
        [fieldManagerKey]: checkpoint.fieldManager,
    };
}

/**
 * The state of a resource, its secrets in the clear; of a resource that is yet to be imported, all is
 * empty.
 */
export function readCheckpoint(state: PropertyMap): Checkpoint {
    const {
        [inputsKey]: inputs,
        [initialApiVersionKey]: version,
        [fieldManagerKey]: manager,
        ...live
    } = plain(state);
    const oldInputs = toObject(isMap(inputs) ? inputs : {});
    return {
        inputs: oldInputs,
        live: toObject(live),
        initialApiVersion: typeof version === "string" ? version : oldInputs.apiVersion,
        fieldManager: typeof manager === "string" ? manager : "",
    };
}

/** The properties without marks of secrets and without nulls, as the API server accepts them. */
export function plain(properties: PropertyMap): PropertyMap {
    return withoutNulls(unwrapSecrets(properties)) as PropertyMap;
}

/**
 * An object whose values are secrets wherever the same value is (or holds) one in the inputs, and in any
 * Secret.
 */
export function markSecrets(object: PropertyMap, inputs: PropertyMap): PropertyMap {
    if (object["kind"] === "Secret") {
        return mapValues(object, (value, key) =>
            key === "data" || key === "stringData" ? secret(value) : value,
        );
    }
    return mapValues(object, (value, key) => {
        const input = inputs[key];
        if (isMap(value) && !isSecret(value) && isMap(input) && !isSecret(input)) {
            return markSecrets(value, input);
        }
        return containsSecret(input) ? secret(value) : value;
    });
}

function withoutNulls(value: PropertyValue): PropertyValue {
    if (Array.isArray(value)) {
        return value.map(withoutNulls);
    }
    if (!isMap(value)) {
        return value;
    }
    const present = Object.entries(value).filter(([, element]) => element !== null && element !== undefined);
    return Object.fromEntries(present.map(([key, element]) => [key, withoutNulls(element as PropertyValue)]));
}

function mapValues(
    map: PropertyMap,
    change: (value: PropertyValue, key: string) => PropertyValue,
): PropertyMap {
    return Object.fromEntries(
        Object.entries(map).map(([key, value]) => [
            key,
            value === undefined ? undefined : change(value, key),
        ]),
    );
}
