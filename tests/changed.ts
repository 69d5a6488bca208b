import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { projectDir } from "../local/paths";

/** What every test depends on. */
const everywhere = /^(package(-lock)?\.json|tsconfig.*\.json|\.mocharc.*|Pulumi\.yaml|local\/run\.cjs)$/;

/** What no integration test depends on, if none names it. */
const nowhere = /^(.*\.md|\.ci\/.*|tests\/(unit|soak|bench|mutation)\/.*)$/;

/** What files use without naming it: a package is made of all of this. */
const unnamed: Record<string, string[]> = {
    "tests/integration/packed.ts": ["cli", "components", "docs", "plugin", "policy", "tsconfig.build.json"],
};

/** The files that differ from a commit, whether or not they are committed. @throws Error if there is no such commit */
export async function changedSince(commit: string): Promise<string[]> {
    const git = (...args: string[]) => execa("git", args, { cwd: projectDir, reject: false });
    const [differing, untracked] = await Promise.all([
        git("diff", "--name-only", "-z", commit, "--"),
        git("ls-files", "--others", "--exclude-standard", "-z"),
    ]);
    if (differing.failed) {
        throw new Error(
            `--changed names ${commit}, which git does not know. Name a commit or branch: --changed main.`,
        );
    }
    return [...differing.stdout.split("\0"), ...untracked.stdout.split("\0")].filter(Boolean);
}

/**
 * The test files that use one of these files: import it, run it or read it, directly or by another one. All of them if nobody knows
 * who uses one.
 */
export function using(changed: string[], tests: string[], uses = new Uses()): string[] {
    const used = new Map(tests.map((test) => [test, uses.of(test)]));
    const users = changed.map((file) => {
        const found = tests.filter((test) => used.get(test)!.some((each) => isIn(file, each)));
        const unknown = found.length === 0 && !nowhere.test(file);
        return everywhere.test(file) || unknown ? tests : found;
    });
    return tests.filter((test) => users.some((each) => each.includes(test)));
}

function isIn(file: string, fileOrFolder: string): boolean {
    return file === fileOrFolder || file.startsWith(`${fileOrFolder}/`);
}

/** What files use: all paths that their texts name. It finds too much rather than too little. */
export class Uses {
    private readonly known = new Map<string, string[]>();

    /** The files and folders that a file uses, itself included, by their paths from the checkout. */
    of(file: string): string[] {
        const found = new Set([file]);
        for (const each of found) {
            this.namedIn(each).forEach((named) => found.add(named));
        }
        return [...found];
    }

    private namedIn(file: string): string[] {
        const named = this.known.get(file) ?? [...namedIn(file), ...(unnamed[file] ?? [])];
        this.known.set(file, named);
        return named;
    }
}

/** Strings in a row, which are the parts of a path; behind `projectDir` they always are. */
const rows = /(projectDir, )?((?:["'`][^"'`\n]*["'`](?:,\s*)?)+)/g;

function namedIn(file: string): string[] {
    if (!/\.[cm]?[jt]s$/.test(file) || !fs.existsSync(path.join(projectDir, file))) {
        return [];
    }
    const text = fs.readFileSync(path.join(projectDir, file), "utf8");
    return [...text.matchAll(rows)].flatMap(([, fromCheckout, row]) => {
        const parts = row!.split(/["'`](?:,\s*)?/).filter(Boolean);
        const names = [parts.join("/"), ...(fromCheckout ? [] : parts)].map((name) => beforePattern(name));
        return names.flatMap((name) =>
            /^\.\.?\//.test(name)
                ? existing(path.join(path.dirname(file), name))
                : fromCheckout || /[/.]/.test(name)
                  ? existing(path.normalize(name))
                  : [],
        );
    });
}

/** The folder in which a pattern finds files; any other path as it is. */
function beforePattern(name: string): string {
    return name.replace(/\/[^/]*[*{].*$/, "");
}

function existing(name: string): string[] {
    const candidates = [name, `${name}.ts`, `${name}.cjs`, path.join(name, "index.ts")];
    return candidates.filter((each) => !notParts.test(each) && fs.existsSync(path.join(projectDir, each)));
}

/** Folders that strings name without using all that is in them, and what is not in the checkout. */
const notParts =
    /^(\.|\.\.|\/.*|\.\.\/.*|node_modules\b.*|\.local\b.*|dist\b.*|tests|tests\/(integration|unit|soak|bench))$/;
