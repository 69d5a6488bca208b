import { DiffResponse, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { ProgramInfo } from "@pulumi/pulumi/proto/language_pb";
import { Message } from "google-protobuf";
import { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { Json } from "./replay";

/** Fills a message from the JSON form of its proto. */
export function toMessage(type: new () => Message, json: Json): Message {
    const message = new type();
    for (const [name, value] of Object.entries(json)) {
        const map = method(message, `get${name}map`);
        if (map) {
            const entries = map.call(message) as Map<string, unknown>;
            Object.entries(value as Json).forEach(([key, member]) => entries.set(key, member));
            continue;
        }
        const set = method(message, `set${name}`) ?? method(message, `set${name}list`);
        if (!set) {
            throw new Error(`${type.name} has no field ${name}`);
        }
        set.call(message, toField(name, value));
    }
    return message;
}

/** The fields of a message that are not at their default value, by their names in lower case. */
export function fromMessage(message: Message): Json {
    const json: Json = {};
    for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(message))) {
        const field = /^get(\w+?)(List|Map)?$/.exec(name)?.[1];
        if (!field || /_as(U8|B64)$/.test(name)) {
            continue;
        }
        const value = fromField(method(message, name.toLowerCase())!.call(message));
        if (value !== undefined && value !== "" && value !== 0 && value !== false && !isEmpty(value)) {
            json[field.toLowerCase()] = enumName(message, field, value);
        }
    }
    return json;
}

function toField(name: string, value: unknown): unknown {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        return value;
    }
    return name === "info"
        ? toMessage(ProgramInfo, value as Json)
        : Struct.fromJavaScript(value as Record<string, JavaScriptValue>);
}

function fromField(value: unknown): unknown {
    if (value instanceof Struct) {
        return value.toJavaScript();
    }
    if (value instanceof Message) {
        return fromMessage(value);
    }
    if (Array.isArray(value)) {
        return value.map(fromField);
    }
    if (isProtoMap(value)) {
        return value.getEntryList().length === 0
            ? undefined
            : Object.fromEntries(value.getEntryList().map(([key]) => [key, fromField(value.get(key))]));
    }
    return value;
}

function enumName(message: Message, field: string, value: unknown): unknown {
    const names: Record<string, string> | undefined =
        message instanceof DiffResponse && field === "Changes"
            ? invert(DiffResponse.DiffChanges)
            : message instanceof PropertyDiff && field === "Kind"
              ? invert(PropertyDiff.Kind)
              : undefined;
    return names ? names[String(value)] : value;
}

function invert(enumeration: Record<string, unknown>): Record<string, string> {
    return Object.fromEntries(Object.entries(enumeration).map(([name, number]) => [String(number), name]));
}

interface ProtoMap {
    getEntryList(): [string, unknown][];
    get(key: string): unknown;
}

function isProtoMap(value: unknown): value is ProtoMap {
    return typeof value === "object" && value !== null && "getEntryList" in value;
}

function isEmpty(value: unknown): boolean {
    return Array.isArray(value) && value.length === 0;
}

/** A method by its name in lower case. */
function method(message: Message, lowerCaseName: string): ((value?: unknown) => unknown) | undefined {
    const prototype = Object.getPrototypeOf(message) as Record<string, (value?: unknown) => unknown>;
    const name = Object.getOwnPropertyNames(prototype).find(
        (candidate) => candidate.toLowerCase() === lowerCaseName.toLowerCase(),
    );
    return name === undefined ? undefined : prototype[name];
}
