import * as pulumi from "@pulumi/pulumi";
import type { SettingsSource } from "./reader";

/** The settings of the stack whose program this is, as the engine gives them to it. */
export function programSource(): SettingsSource {
    const project = pulumi.getProject();
    const prefix = `${project}:`;
    const named = <T>(entries: [string, T][]) =>
        entries
            .filter(([key]) => key.startsWith(prefix))
            .map(([key, value]) => [key.slice(prefix.length), value] as const);
    const config = pulumi.runtime.allConfig();
    const encrypted = JSON.parse(process.env["PULUMI_CONFIG_SECRET_KEYS"] || "[]") as string[];
    return {
        project,
        stack: pulumi.getStack(),
        // Not by pulumi.Config, which warns of every secret that it reads.
        values: Object.fromEntries(named(Object.entries(config))),
        encrypted: named(encrypted.map((key) => [key, true])).map(([key]) => key),
        others: Object.keys(config).filter((key) => !key.startsWith(prefix)),
    };
}
