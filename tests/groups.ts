import * as path from "node:path";

/** Check the whole machine, so nothing else may start or stop clusters meanwhile, as unit tests do not. */
export const alone = ["clusters"];

/** Put meshes under load and measure the result: one at a time, so that they do not disturb each other. */
export const loaded = ["links", "renewal", "revocation", "rotation", "migration", "reissue"];

/** Files that share a process, in this order. */
const shared = [
    // One linked pair of clusters, under load. Rotation is last, because it leaves another root.
    ["links", "renewal", "revocation", "rotation"],
    // The package that they build, once, and one cluster, on which the examples leave an Istio.
    ["languages", "examples", "package", "plugin", "schema"],
];

/** What takes longest starts first, so that no lane ends with it. */
const longest = [
    "links",
    "renewal",
    "migration",
    "mesh",
    "review",
    "leaks",
    "restored",
    "standalone",
    "ownStacks",
    // Of the unit tests.
    "proxies",
    "program",
    "interruption",
    "guards",
];

export function nameOf(file: string): string {
    return path.basename(file, ".test.ts");
}

/** Test files, those that take longest first. */
export function inOrder(files: string[]): string[] {
    const rank = (file: string) => {
        const index = longest.indexOf(nameOf(file));
        return index < 0 ? longest.length : index;
    };
    return [...files].sort((a, b) => rank(a) - rank(b) || a.localeCompare(b));
}

/** What runs in one process each, in the order of each group's first file. */
export function grouped(files: string[]): string[][] {
    const groupOf = (file: string) => shared.find((group) => group.includes(nameOf(file)));
    const place = (file: string) => groupOf(file)?.indexOf(nameOf(file)) ?? 0;
    const groups = new Map<unknown, string[]>();
    for (const file of files) {
        const key = groupOf(file) ?? file;
        groups.set(key, [...(groups.get(key) ?? []), file]);
    }
    return [...groups.values()].map((group) => group.sort((a, b) => place(a) - place(b)));
}
