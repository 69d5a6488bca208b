/** Reads a value of the engine's JSON; undefined where it is missing, of another type or not known before the `up`. */
export type Reader<T> = (value: unknown) => T | undefined;

/** What the engine writes in place of a value that it does not know yet (sdk/go/common/resource/plugin/rpc.go). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A text that is known. */
export const text: Reader<string> = (value) =>
    typeof value === "string" && value !== unknownValue ? value : undefined;

/** A number that is known. */
export const number: Reader<number> = (value) => (typeof value === "number" ? value : undefined);

/** The texts of a list that are known. */
export const texts: Reader<string[]> = (value) =>
    Array.isArray(value) ? value.flatMap((each: unknown) => text(each) ?? []) : undefined;

/** An object's properties; none where it is no object. */
export function properties(value: unknown): Record<string, unknown> {
    return isObject(value) ? value : {};
}

/** An object of any names whose values are all of one kind. One that is not known yet keeps its name. */
export function record<T>(read: Reader<T>): Reader<Record<string, T | undefined>> {
    return (value) =>
        isObject(value)
            ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each)]))
            : undefined;
}

/** An object whose values are all known; undefined if one is missing. */
export function whole<T extends object>(value: T): Whole<T> | undefined {
    return isWhole(value) ? value : undefined;
}

/** An object none of whose values is undefined. */
export type Whole<T> = { [Name in keyof T]: Exclude<T[Name], undefined> };

function isWhole<T extends object>(value: T): value is T & Whole<T> {
    return Object.values(value).every((each) => each !== undefined);
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
}
