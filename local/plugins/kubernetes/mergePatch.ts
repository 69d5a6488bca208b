import { isDeepStrictEqual } from "node:util";
import { PropertyMap } from "../provider";
import { isMap } from "../properties";

/** The JSON merge patch (RFC 7386) that makes `after` of `before`. */
export function mergePatch(before: PropertyMap, after: PropertyMap): PropertyMap {
    const patch: PropertyMap = {};
    for (const key of Object.keys(before)) {
        if (after[key] === undefined) {
            patch[key] = null;
        }
    }
    for (const [key, value] of Object.entries(after)) {
        const old = before[key];
        if (isMap(old) && isMap(value)) {
            const inner = mergePatch(old, value);
            if (Object.keys(inner).length > 0) {
                patch[key] = inner;
            }
        } else if (!isDeepStrictEqual(old, value)) {
            patch[key] = value;
        }
    }
    return patch;
}
