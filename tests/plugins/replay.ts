import { readdirSync, readFileSync } from "node:fs";
import * as path from "node:path";

/** A JSON object of a request or a response. */
export type Json = Record<string, unknown>;

/** One call of the engine, and what the official plugin answered. */
export interface Exchange extends Answer {
    /** The file and line it was recorded in, for the names of tests. */
    source: string;
    method: string;
    request: Json;
    /** When it was recorded. */
    time: Date;
}

/** What a plugin answers. */
export interface Answer {
    /** Fields at their default value are left out; the names of fields are in lower case. */
    response?: Json;
    /** The message of the gRPC error. */
    error?: string;
    /** The details of the error of a resource that did not become ready. */
    initFailed?: Json;
}

/** What was recorded of one plugin: `nodejs`, `kubernetes`, `tls` or `command`. */
export function recordedExchanges(plugin: string): Exchange[] {
    const dir = path.join(__dirname, "..", "fixtures", "plugin-exchanges", plugin);
    return readdirSync(dir)
        .sort()
        .flatMap((file) =>
            readFileSync(path.join(dir, file), "utf8")
                .trimEnd()
                .split("\n")
                .map((line, index) =>
                    exchange(`${path.basename(file, ".jsonl")}:${index + 1}`, JSON.parse(line) as Recorded),
                ),
        );
}

/** Exchanges to replay. @throws Error if there are none, because there would be no test then. */
export function some(exchanges: Exchange[]): Exchange[] {
    if (exchanges.length === 0) {
        throw new Error("This was not recorded.");
    }
    return exchanges;
}

/** The value with every string in it replaced, the names of members too. */
export function mapStrings(value: unknown, replace: (text: string) => string): unknown {
    if (typeof value === "string") {
        return replace(value);
    }
    if (Array.isArray(value)) {
        return value.map((element) => mapStrings(element, replace));
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value).map(([name, member]) => [replace(name), mapStrings(member, replace)]),
    );
}

/** The object with the names of its own members in lower case, as answers have them. */
export function lowerCaseKeys(json: Json): Json {
    return Object.fromEntries(Object.entries(json).map(([name, value]) => [name.toLowerCase(), value]));
}

interface Recorded {
    method: string;
    request: Json;
    response?: Json;
    errors?: string[];
    timestamp: string;
}

function exchange(source: string, { method, request, response, errors, timestamp }: Recorded): Exchange {
    const error = errors?.[0]?.replace(/^rpc error: code = \w+ desc = /, "");
    return {
        source: `${source} ${method} ${typeof request["name"] === "string" ? request["name"] : ""}`.trimEnd(),
        method,
        request,
        time: new Date(timestamp),
        ...(error === undefined ? { response: lowerCaseKeys(response ?? {}) } : { error }),
    };
}
