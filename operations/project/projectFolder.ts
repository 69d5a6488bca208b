import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { readDeploy, readGeneration } from "../../config/cluster";
import { readWorkloads } from "../../config/workloads";
import { ConfigReader, SettingsSource } from "../../config/reader";
import { settingsNamespace, StackSettings } from "./stackSettings";
import { message } from "../errors";
import type { ToolName } from "./tools";

/** A stack with settings: what decides when its turn comes, and what it needs. */
export interface StackEntry {
    name: string;
    role: string;
    generation: number;
    /** The programs that its `up` and `destroy` run, in addition to pulumi. */
    tools: ToolName[];
}

interface Manifest {
    name: string;
    stackConfigDir?: string;
    backend?: { url?: string };
    /** The settings that all stacks have unless theirs say otherwise. */
    config?: Record<string, unknown>;
    options?: { refresh?: string };
}

/** A folder with Pulumi.yaml and the settings of stacks. */
export class ProjectFolder {
    constructor(readonly dir: string) {}

    /** The content of Pulumi.yaml. */
    get manifest(): Manifest {
        return readYaml(path.join(this.dir, "Pulumi.yaml")) as Manifest;
    }

    /** The stacks that have a settings file, sorted by name. */
    stacks(): StackEntry[] {
        return fs
            .readdirSync(this.settingsDir)
            .flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? [])
            .sort()
            .map((name) => {
                const reader = this.fileReader(name);
                const role = reader.text("role") ?? "";
                return { name, role, generation: readGeneration(reader), tools: toolsOf(role, reader) };
            });
    }

    /** Reads the settings in a stack's file, except encrypted ones. */
    fileReader(stack: string): ConfigReader {
        return new ConfigReader({ ...this.source(stack), encrypted: [] });
    }

    /**
     * The settings of a stack as its program gets them: those of its file, and for the others what Pulumi.yaml says. Without the
     * values of those that are encrypted, and without those of Pulumi ESC.
     */
    source(stack: string): SettingsSource {
        const { name: project, config: defaults = {} } = this.manifest;
        const { config = {} } = this.settingsOf(stack);
        const full = (key: string) => (key.includes(":") ? key : `${project}:${key}`);
        const common = Object.entries(defaults).map(
            ([key, value]) => [full(key), commonValue(value)] as const,
        );
        const all = { ...Object.fromEntries(common), ...config };
        const prefix = `${project}:`;
        const keys = Object.keys(all).filter((key) => all[key] !== undefined);
        const ours = keys.filter((key) => key.startsWith(prefix));
        const named = ours.map((key) => [key.slice(prefix.length), all[key]] as const);
        const plain = named.filter(([, value]) => !isEncrypted(value));
        return {
            project,
            stack,
            values: Object.fromEntries(plain.map(([key, value]) => [key, textOf(value)])),
            encrypted: named.filter(([, value]) => isEncrypted(value)).map(([key]) => key),
            others: keys.filter((key) => !key.startsWith(prefix)),
            dir: this.dir,
        };
    }

    /** Whether a stack's settings come from Pulumi ESC too. */
    hasEnvironments(stack: string): boolean {
        return this.settingsOf(stack).environment !== undefined;
    }

    /**
     * Whether all that an `up` of this stack makes is in its state and nowhere else: stack root, whose keys and certificates nobody
     * receives before they are its outputs. A `signCommand` uses a key elsewhere, which may count its signatures.
     */
    hasOnlyState(stack: string): boolean {
        if (!fs.existsSync(this.settingsFile(stack))) {
            return false;
        }
        const { config = {}, environment } = this.settingsOf(stack);
        if (config[`${settingsNamespace}role`] !== "root" || environment !== undefined) {
            return false;
        }
        const { values, encrypted } = this.source(stack);
        return !values["signCommand"] && !encrypted.includes("signCommand");
    }

    private settingsOf(stack: string): { config?: Record<string, unknown>; environment?: unknown } {
        return readYaml(this.settingsFile(stack)) ?? {};
    }

    /** The settings file of a stack. */
    settings(stack: string): StackSettings {
        return new StackSettings(this.settingsFile(stack));
    }

    /** The folder of the settings files. */
    get settingsDir(): string {
        return path.join(this.dir, this.manifest.stackConfigDir ?? ".");
    }

    private settingsFile(stack: string): string {
        return path.join(this.settingsDir, `Pulumi.${stack}.yaml`);
    }
}

/**
 * The stacks with these names. Without names: root and the clusters, but no standalone stack, which depends on no other.
 *
 * @param others - names that are valid too
 */
export function chosen(project: ProjectFolder, names: string[], others: string[] = []): StackEntry[] {
    const stacks = project.stacks();
    const known = stacks.map(({ name }) => name);
    if (known.length === 0 && names.length === 0) {
        const ours = fs.existsSync(path.join(project.dir, "stacks", "examples"));
        const remedy = ours
            ? "Start from the examples, in the folder of Pulumi.yaml: `cp stacks/examples/Pulumi.*.yaml stacks/`."
            : "A stack has one once it has a setting: `pulumi config set`.";
        throw new Error(
            `There are no stacks: ${project.settingsDir} has no file Pulumi.<stack>.yaml. ${remedy}`,
        );
    }
    const unknown = names.filter((name) => ![...known, ...others].includes(name));
    if (unknown.length > 0) {
        throw new Error(
            `There is no stack ${unknown.join(", ")}. Stacks with settings in ${project.dir}: ${known.join(", ") || "none"}.`,
        );
    }
    return stacks.filter(({ name, role }) =>
        names.length > 0 ? names.includes(name) : role !== "standalone",
    );
}

/** Stacks that sign for others, stacks of one cluster each, and stacks that link them. */
export function byRole(stacks: StackEntry[]): Record<"roots" | "clusters" | "meshes", StackEntry[]> {
    return {
        roots: stacks.filter(({ role }) => role === "root"),
        clusters: stacks.filter(({ role }) => role !== "root" && role !== "mesh"),
        meshes: stacks.filter(({ role }) => role === "mesh"),
    };
}

function toolsOf(role: string, reader: ConfigReader): ToolName[] {
    if (role === "mesh") {
        return ["kubectl"];
    }
    if (role === "root" || !readDeploy(reader)) {
        return [];
    }
    const istioctl = reader.text("istio") !== "external" || readWorkloads(reader).injection === "kube-inject";
    return istioctl ? ["kubectl", "istioctl"] : ["kubectl"];
}

/** Of an entry of Pulumi.yaml: the value for every stack, or the default of a setting that it declares. */
function commonValue(entry: unknown): unknown {
    if (typeof entry !== "object" || entry === null || Array.isArray(entry)) {
        return entry;
    }
    const { value, default: otherwise } = entry as { value?: unknown; default?: unknown };
    return value ?? otherwise;
}

function textOf(value: unknown): string {
    return typeof value === "string" ? value : JSON.stringify(value ?? "");
}

function isEncrypted(value: unknown): boolean {
    return typeof value === "object" && value !== null && "secure" in value;
}

function readYaml(file: string): unknown {
    const text = fs.readFileSync(file, "utf8");
    try {
        return parse(text);
    } catch (error) {
        throw new Error(`${file} is not YAML: ${message(error).split("\n")[0]}`, { cause: error });
    }
}
