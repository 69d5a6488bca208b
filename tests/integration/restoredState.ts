import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Project } from "../../operations/project/project";
import { pulumi } from "./fixture";

interface Resource {
    urn: string;
    dependencies?: string[];
    propertyDependencies?: Record<string, string[]>;
}

interface Exported {
    deployment: { resources: Resource[] };
}

/** The state of a stack as `pulumi stack export` keeps it. */
export async function backup(project: Project, stack: string): Promise<string> {
    const file = path.join(project.dir, `${stack}-${Date.now()}.json`);
    const { exitCode, output } = await pulumi(project, stack, "stack", "export", "--file", file);
    assert.equal(exitCode, 0, output);
    return file;
}

/** Replaces a stack's state by a backup. */
export async function restore(project: Project, stack: string, file: string): Promise<void> {
    const { exitCode, output } = await pulumi(project, stack, "stack", "import", "--file", file);
    assert.equal(exitCode, 0, output);
}

/** What `pulumi state delete` does of a resource of this name, ignoring those that depend on it. */
export async function loseResource(project: Project, stack: string, name: string): Promise<void> {
    const file = await backup(project, stack);
    const state = JSON.parse(fs.readFileSync(file, "utf8")) as Exported;
    const { resources } = state.deployment;
    const lost = resources.find(({ urn }) => urn.endsWith(`::${name}`));
    assert.ok(lost, `no ${name}`);
    const kept = (urns: string[]) => urns.filter((urn) => urn !== lost.urn);
    state.deployment.resources = resources
        .filter((each) => each !== lost)
        .map(({ dependencies = [], propertyDependencies = {}, ...rest }) => ({
            ...rest,
            dependencies: kept(dependencies),
            propertyDependencies: Object.fromEntries(
                Object.entries(propertyDependencies).map(([property, urns]) => [property, kept(urns)]),
            ),
        }));
    fs.writeFileSync(file, JSON.stringify(state), { mode: 0o600 });
    await restore(project, stack, file);
}
