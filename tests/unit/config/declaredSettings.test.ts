import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { readSettings } from "../../../config";
import { ConfigReader } from "../../../config/reader";

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
async function keysRead(config: Record<string, string>): Promise<string[]> {
    await pulumi.runtime.setMocks(
        { newResource: () => assert.fail("no resource"), call: () => assert.fail("no call") },
        "istio-plugin-ca",
        "cluster1",
    );
    const values = Object.entries(config).map(([key, value]) => [`istio-plugin-ca:${key}`, value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>);
    const reader = new RecordingReader(pulumi.getProject());
    try {
        readSettings(reader);
    } catch (error) {
        // What is missing is reported after all was read.
        assert.ok(pulumi.RunError.isInstance(error), error as Error);
    }
    return reader.keys;
}

/** Notes the keys that are read, by the two methods that every other one goes through. */
class RecordingReader extends ConfigReader {
    readonly keys: string[] = [];

    override text(key: string): string | undefined {
        this.keys.push(key);
        return super.text(key);
    }

    override secretOrText(key: string) {
        this.keys.push(key);
        return super.secretOrText(key);
    }
}

describe("Pulumi.yaml", () => {
    it("declares the settings that are read, and no other", async () => {
        const read = new Set<string>();
        for (const role of ["root", "cluster", "standalone", "ready"]) {
            (await keysRead({ role })).forEach((key) => read.add(key));
        }
        assert.deepEqual(declared.map(([key]) => key).sort(), [...read].sort());
    });

    it("tells of each what it is, its type and its default; only role is required", () => {
        for (const [key, { type, description, ...rest }] of declared) {
            assert.match(description ?? "", /^.{20,}\.$/s, key);
            assert.match(type ?? "", /^(string|integer|boolean|array)$/, key);
            assert.equal("default" in rest, key !== "role", key);
        }
    });
});
