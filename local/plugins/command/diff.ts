import { isDeepStrictEqual } from "node:util";
import { isMap, signatureKey } from "../properties";
import { PropertyDiff, PropertyMap, PropertyValue } from "../provider";

/** The differences between two property maps by property path, such as `environment.A` or `triggers[0]`. */
export function diffInputs(olds: PropertyMap, news: PropertyMap): Record<string, PropertyDiff> {
    return Object.fromEntries(differences(olds, news, ""));
}

function differences(
    olds: PropertyValue | undefined,
    news: PropertyValue | undefined,
    path: string,
): [string, PropertyDiff][] {
    if (olds === undefined || news === undefined) {
        return olds === news ? [] : [[path, { kind: olds === undefined ? "ADD" : "DELETE" }]];
    }
    if (Array.isArray(olds) && Array.isArray(news)) {
        const indexes = Array.from({ length: Math.max(olds.length, news.length) }, (_, index) => index);
        return indexes.flatMap((index) => differences(olds[index], news[index], `${path}[${index}]`));
    }
    if (isPlainMap(olds) && isPlainMap(news)) {
        const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])];
        return names.flatMap((name) => differences(olds[name], news[name], memberPath(path, name)));
    }
    return isDeepStrictEqual(olds, news) ? [] : [[path, { kind: "UPDATE" }]];
}

/** Secrets and assets are compared as a whole. */
function isPlainMap(value: PropertyValue): value is PropertyMap {
    return isMap(value) && !(signatureKey in value);
}

function memberPath(path: string, name: string): string {
    if (/[."[\]]/.test(name)) {
        return `${path}[${JSON.stringify(name)}]`;
    }
    return path ? `${path}.${name}` : name;
}
