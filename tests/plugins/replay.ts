import { ChildProcess, spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { DiffResponse, ErrorResourceInitFailed, PropertyDiff } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { installPlugin } from "../../local/plugins/install";
import { serviceAddress } from "../../local/plugins/serve";

/** A JSON object of a recorded request or response. */
export type Json = Record<string, unknown>;

/** One call of the engine, and what the official plugin answered. */
export interface Exchange {
    /** The file and line it was recorded in, for the names of tests. */
    source: string;
    method: string;
    request: Json;
    response?: Json;
    /** The message of the gRPC error. */
    error?: string;
    /** When it was recorded. */
    time: Date;
}

/** What a plugin answered. */
export interface Answer {
    response?: Json;
    error?: string;
    /** The details of a resource that did not become ready. */
    initFailed?: { id: string; properties: unknown; reasons: string[]; inputs: unknown };
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
                .map((line, index) => exchange(`${path.basename(file, ".jsonl")}:${index + 1}`, JSON.parse(line))),
        );
}
