import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { readSettings } from "../../../config";
import { renamedSettings } from "../../../config/previousCa";

interface Declaration {
    type?: string;
    default?: unknown;
    description?: string;
}

const checkout = path.resolve(__dirname, "..", "..", "..");
const project = parse(fs.readFileSync(path.join(checkout, "Pulumi.yaml"), "utf8")) as {
    config: Record<string, Declaration>;
};
const declared = Object.entries(project.config);

/** The keys that a stack with these settings asks for. */
function keysRead(config: Record<string, string>): string[] {
    const keys: string[] = [];
    const values = new Proxy(config, {
        get: (target, key: string) => {
            keys.push(key);
            return target[key];
        },
    });
    try {
        readSettings({ project: "istio-plugin-ca", stack: "cluster1", values, encrypted: [] });
    } catch (error) {
        // What is missing is reported after all was read.
        assert.ok(pulumi.RunError.isInstance(error), error as Error);
    }
    return keys;
}

describe("Pulumi.yaml", () => {
    it("declares the settings that are read, and no other", () => {
        const read = new Set<string>();
        for (const role of ["root", "cluster", "standalone", "ready", "mesh"]) {
            keysRead({ role }).forEach((key) => read.add(key));
        }
        const current = [...read].filter((key) => !renamedSettings.includes(key));
        assert.deepEqual(declared.map(([key]) => key).sort(), current.sort());
    });

    it("describes each with its type and its default; only role is required", () => {
        for (const [key, { type, description, ...rest }] of declared) {
            assert.match(description ?? "", /^.{20,}\.$/s, key);
            assert.match(type ?? "", /^(string|integer|boolean|array)$/, key);
            assert.equal("default" in rest, key !== "role", key);
        }
    });
});
