/** Reads a value of the engine's JSON; undefined if it is missing, of another type or not known before the `up`. */
export type Reader<T> = (value: unknown) => T | undefined;

/** What the engine writes instead of a value that it does not know yet (sdk/go/common/resource/plugin/rpc.go). */
export const unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/** A known text. */
export const text: Reader<string> = (value) =>
    typeof value === "string" && value !== unknownValue ? value : undefined;

/** A known number. */
export const number: Reader<number> = (value) => (typeof value === "number" ? value : undefined);

/** The known texts of a list. */
export const texts: Reader<string[]> = (value) =>
    Array.isArray(value) ? value.flatMap((each: unknown) => text(each) ?? []) : undefined;

/** The properties of an object; none for any other value. */
export function properties(value: unknown): Record<string, unknown> {
    return isObject(value) ? value : {};
}

/** An object with any names whose values are all of one kind. A value that is not known yet keeps its name. */
export function record<T>(read: Reader<T>): Reader<Record<string, T | undefined>> {
    return (value) =>
        isObject(value)
            ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, read(each)]))
            : undefined;
}

/** An object if all its values are known; otherwise undefined. */
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
