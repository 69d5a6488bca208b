import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { CaCertificate } from "../pki/caCertificate";
import { pemBlocks } from "../pki/pem";
import { pemFault } from "../pki/pemFault";
import { declaredSettings } from "./declaredSettings";

/** A DNS label (RFC 1123): a cluster's name becomes part of resource names and of the certificate's subject. */
export const dnsLabel = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/** The settings of a stack, wherever they are read. */
export interface SettingsSource {
    /** The project, which is the settings' namespace. */
    project: string;
    stack: string;
    /** The values by their names without the namespace: texts, and of lists their JSON. */
    values: Record<string, string>;
    /** The names of those that are encrypted in the stack's file of settings. */
    encrypted: string[];
    /** The keys of settings of other namespaces, such as those of a provider. */
    others?: string[];
    /** The folder of Pulumi.yaml, which paths are relative to. Default: the working directory, which it is for the stack's program. */
    dir?: string;
}

/** Reads a stack's settings, and collects what is wrong with them. */
export class ConfigReader {
    private readonly faults: string[] = [];

    constructor(private readonly source: SettingsSource) {}

    /** The stack whose settings these are. */
    get stack(): string {
        return this.source.stack;
    }

    /** Notes a fault: the key, what was found, what is allowed, and what to do. */
    fault(key: string, found: unknown, allowed: string, remedy: string) {
        const value = found === undefined ? "is missing" : `is ${JSON.stringify(found)}`;
        this.faults.push(`${this.source.project}:${key} ${value}. Allowed: ${allowed}. To do: ${remedy}.`);
    }

    /**
     * A misspelled setting would otherwise be silently without effect.
     *
     * @param renamed - the names that settings had in an earlier version, each of which gets a message of its own
     */
    refuseUnknown(renamed: string[]) {
        const known = [...declaredSettings, ...renamed];
        for (const key of Object.keys(this.source.values).filter((name) => !known.includes(name))) {
            const remedy = `correct it, or pulumi config rm ${key} --stack ${this.stack}`;
            this.faults.push(
                `${this.source.project}:${key} is unknown. Allowed: the settings that Pulumi.yaml declares. To do: ${remedy}.`,
            );
        }
    }

    /** @throws pulumi.RunError with every fault that was noted, if there is any. */
    throwFaults() {
        if (this.faults.length > 0) {
            const heading = `The settings of stack ${this.stack} have ${count(this.faults.length, "fault")}`;
            throw new pulumi.RunError([`${heading}; nothing was changed:`, ...this.faults].join("\n  "));
        }
    }

    /** Pulumi takes a declared setting without a default as required, so the empty text means none. */
    text(key: string): string | undefined {
        return this.source.values[key] || undefined;
    }

    /** A text that must be encrypted in the stack's settings; no fault shows it. */
    secret(key: string): string | undefined {
        const value = this.text(key);
        if (value !== undefined && !this.source.encrypted.includes(key)) {
            const command = `pulumi config set --secret ${key} --stack ${this.stack} < file`;
            const remedy = `replace it, because all who can read the settings know it; then ${command}`;
            this.fault(key, "a plain text", "a secret", remedy);
        }
        return value;
    }

    /** One of some words. */
    oneOf<T extends string>(key: string, allowed: readonly T[], required = false): T | undefined {
        const value = this.text(key);
        const found = allowed.find((word) => word === value);
        if (found === undefined && (value !== undefined || required)) {
            this.fault(key, value, allowed.join(", "), this.setCommand(key, allowed[0]!));
        }
        return found;
    }

    /** An integer of at least so much. */
    integer(key: string, least: number): number | undefined {
        const value = this.text(key);
        if (value === undefined) {
            return undefined;
        }
        if (!/^-?\d+$/.test(value) || Number(value) < least) {
            this.fault(
                key,
                value,
                `an integer of at least ${least}`,
                this.setCommand(key, String(Math.max(least, 1))),
            );
        }
        return Number(value);
    }

    /** true or false. */
    flag(key: string, otherwise: boolean): boolean {
        const value = this.text(key) ?? String(otherwise);
        if (value !== "true" && value !== "false") {
            this.fault(key, value, "true, false", this.setCommand(key, String(otherwise)));
            return otherwise;
        }
        return value === "true";
    }

    /** A list of strings. */
    list(key: string): string[] | undefined {
        const text = this.text(key);
        if (text === undefined) {
            return undefined;
        }
        const value = parseJson(text);
        if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
            return value;
        }
        this.fault(key, text, "a list of strings", this.setCommand(`--path '${key}[0]'`, "…"));
        return undefined;
    }

    /** The text of a file; the path is relative to the project. */
    file(key: string): string | undefined {
        const name = this.text(key);
        if (name === undefined) {
            return undefined;
        }
        const file = path.resolve(this.source.dir ?? ".", expandHome(name));
        if (!fs.existsSync(file)) {
            this.fault(key, name, "the path of a file", "correct the path; it is relative to the project");
            return undefined;
        }
        return fs.readFileSync(file, "utf8");
    }

    /** The certificates of a file, PEM, without other text between them. */
    certificates(key: string): string | undefined {
        const text = this.file(key);
        if (text === undefined) {
            return undefined;
        }
        const blocks = pemBlocks(text);
        const certificates = blocks.map((block) => CaCertificate.parse(block));
        const unread = pemFault(text, "certificates");
        const found = text.includes("PRIVATE KEY")
            ? "a file with a private key"
            : unread
              ? `a file of which istiod would not read all: ${unread.found}`
              : certificates.length === 0 || certificates.includes(undefined)
                ? "a file without a PEM certificate, or with a damaged one"
                : undefined;
        if (found !== undefined) {
            const remedy = unread?.remedy.replace(/\.$/, "") ?? "correct the file, or name another";
            this.fault(key, found, "a file of PEM certificates alone", remedy);
            return undefined;
        }
        return certificates.map((certificate) => certificate!.pem).join("");
    }

    private setCommand(key: string, example: string): string {
        return `pulumi config set ${key} ${example} --stack ${this.stack}`;
    }
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function count(number: number, noun: string): string {
    return `${number} ${noun}${number === 1 ? "" : "s"}`;
}

/** A path with a leading ~ replaced by the home folder. */
export function expandHome(file: string): string {
    return file.replace(/^~(?=\/|$)/, os.homedir());
}
