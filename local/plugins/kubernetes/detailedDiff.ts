import { isDeepStrictEqual } from "node:util";
import { PropertyDiff, PropertyMap, PropertyValue } from "../provider";
import { isMap, isUnknown } from "../properties";
import { forcesReplacement } from "./forceNew";
import { formatPath, PropertyPath } from "./propertyPath";

type Value = PropertyValue | undefined;

/**
 * A merge patch as Pulumi's detailed diff, one entry a property that differs.
 *
 * @param old the live object, pruned to the old inputs, to which the patch applies.
 * @param news the new inputs.
 * @param forceNew the paths whose change replaces the resource.
 */
export function detailedDiff(
    patch: PropertyMap,
    old: PropertyMap,
    news: PropertyMap,
    forceNew: string[],
): Record<string, PropertyDiff> {
    const diffs: Record<string, PropertyDiff> = {};
    addMap([], patch, old, news, false);
    return diffs;

    function addMap(
        path: PropertyPath,
        patched: PropertyMap,
        before: PropertyMap,
        input: Value,
        inList: boolean,
    ): void {
        const inputs = isMap(input) ? input : {};
        // A merge patch replaces a list as a whole, so within one it does not name what is gone.
        const gone = inList ? Object.keys(before).filter((key) => patched[key] === undefined) : [];
        for (const [key, value] of [...Object.entries(patched), ...gone.map((key) => [key, null] as const)]) {
            add([...path, key], value ?? null, before[key], inputs[key], inList);
        }
    }

    function addList(
        path: PropertyPath,
        patched: PropertyValue[],
        before: PropertyValue[],
        input: Value,
    ): void {
        const inputs = Array.isArray(input) ? input : [];
        for (let index = 0; index < Math.max(patched.length, before.length); index++) {
            add([...path, index], patched[index] ?? null, before[index], inputs[index], true);
        }
    }

    function add(
        path: PropertyPath,
        value: PropertyValue,
        before: Value,
        input: Value,
        inList: boolean,
    ): void {
        const removed = value === null && !isUnknown(input);
        if (input === undefined && (!removed || before === undefined)) {
            return;
        }
        if (!removed && isMap(value) && isMap(before)) {
            return addMap(path, value, before, input, inList);
        }
        if (!removed && Array.isArray(value) && Array.isArray(before)) {
            return addList(path, value, before, input);
        }
        if (!removed && isDeepStrictEqual(value, before)) {
            return;
        }
        const change = removed ? "DELETE" : before === undefined ? "ADD" : "UPDATE";
        diffs[formatPath(path)] = {
            kind: forcesReplacement(path, value, forceNew) ? `${change}_REPLACE` : change,
            ...(removed && { inputDiff: true }),
        };
    }
}
