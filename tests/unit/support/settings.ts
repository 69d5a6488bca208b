import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { readSettings } from "../../../config";
import { Settings } from "../../../config/settings";

/**
 * The settings of a stack, by their keys; one of another project by its full name.
 *
 * @param secrets - the keys of those that are encrypted
 */
export async function settingsOf(
    config: Record<string, string>,
    stack = "cluster1",
    secrets: string[] = [],
): Promise<Settings> {
    await pulumi.runtime.setMocks(
        { newResource: () => assert.fail("no resource"), call: () => assert.fail("no call") },
        "istio-plugin-ca",
        stack,
        false,
        "organization",
    );
    const full = (key: string) => (key.includes(":") ? key : `istio-plugin-ca:${key}`);
    const values = Object.entries(config).map(([key, value]) => [full(key), value]);
    pulumi.runtime.setAllConfig(Object.fromEntries(values) as Record<string, string>);
    process.env["PULUMI_CONFIG_SECRET_KEYS"] = JSON.stringify(secrets.map(full));
    try {
        return readSettings();
    } finally {
        delete process.env["PULUMI_CONFIG_SECRET_KEYS"];
    }
}

/** The faults of settings, each without the project's name; none if they are good. */
export async function faultsOf(...settings: Parameters<typeof settingsOf>): Promise<string[]> {
    try {
        await settingsOf(...settings);
        return [];
    } catch (error) {
        assert.ok(error instanceof pulumi.RunError, error as Error);
        return error.message.split("\n  istio-plugin-ca:").slice(1);
    }
}
