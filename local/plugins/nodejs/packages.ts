import { readFileSync } from "node:fs";
import * as path from "node:path";
import { PackageDependency } from "@pulumi/pulumi/proto/plugin_pb";

/** A package found in a `node_modules` folder. */
export interface InstalledPackage {
    dir: string;
    manifest: Manifest;
}

interface Manifest {
    name: string;
    version: string;
    dependencies?: Record<string, string>;
    devDependencies?: Record<string, string>;
    pulumi?: { resource?: boolean; name?: string; version?: string; server?: string };
}

/** The plugins that a program's packages ask for in the section `pulumi` of their package.json, sorted by name. */
export function requiredPackages(programDir: string): PackageDependency[] {
    const found = new Map<string, PackageDependency>();
    const seen = new Set<string>();
    const visit = (dir: string): void => {
        for (const { dir: packageDir, manifest } of directDependencies(dir)) {
            if (seen.has(packageDir) || !manifest.pulumi) {
                continue;
            }
            seen.add(packageDir);
            if (manifest.pulumi.resource) {
                const dependency = pluginOf(manifest);
                found.set(`${dependency.getName()} ${dependency.getVersion()}`, dependency);
            }
            visit(packageDir);
        }
    };
    visit(packageRoot(programDir));
    return [...found.keys()].sort().map((key) => found.get(key)!);
}

/** The packages that a folder's package.json names and that are installed. */
export function directDependencies(dir: string): InstalledPackage[] {
    const root = packageRoot(dir);
    const manifest = readManifest(root);
    const names = Object.keys({ ...manifest?.dependencies, ...manifest?.devDependencies });
    return names.flatMap((name) => installedPackage(root, name) ?? []);
}

/** The package as Node.js finds it from a folder. */
export function installedPackage(from: string, name: string): InstalledPackage | undefined {
    for (const parent of parents(from)) {
        const dir = path.join(parent, "node_modules", name);
        const manifest = readManifest(dir);
        if (manifest) {
            return { dir, manifest };
        }
    }
    return undefined;
}

function pluginOf({ name, version, pulumi }: Manifest): PackageDependency {
    const pluginVersion = pulumi?.version ?? version;
    return new PackageDependency()
        .setKind("resource")
        .setName(pulumi?.name ?? name.replace(/^@pulumi\//, ""))
        .setVersion(pluginVersion.startsWith("v") ? pluginVersion : `v${pluginVersion}`)
        .setServer(pulumi?.server ?? "");
}

function packageRoot(dir: string): string {
    return parents(dir).find((parent) => readManifest(parent)) ?? dir;
}

function readManifest(dir: string): Manifest | undefined {
    try {
        return JSON.parse(readFileSync(path.join(dir, "package.json"), "utf8")) as Manifest;
    } catch {
        return undefined;
    }
}

function parents(dir: string): string[] {
    const parent = path.dirname(dir);
    return parent === dir ? [dir] : [dir, ...parents(parent)];
}
