import { createHash } from "node:crypto";
import { env } from "node:process";

/*
 * Which functions are mutated: one of SAMPLE, others from day to day unless SEED says which. Functions of all files have the same
 * chance, so that the score of a sample is about that of the whole.
 */
export const of = Number(env.SAMPLE ?? 6);
export const seed = env.SEED ?? new Date().toISOString().slice(0, 10);

/** Stryker asks this of every node of the syntax tree; with a node all within it is left out. */
function shouldIgnore(path) {
    const { node, parentPath } = path;
    const isUnit = parentPath && (parentPath.isProgram() || parentPath.isClassBody());
    const isClass = path.isClass() || (path.isExportDeclaration() && path.get("declaration").isClass?.());
    if (!isUnit || isClass || of <= 1) {
        return undefined;
    }
    const { file } = path.hub;
    const place = `${seed} ${file?.opts.filename ?? ""} ${node.start}`;
    return createHash("sha256").update(place).digest().readUInt32BE() % of === 0
        ? undefined
        : "not in the sample";
}

export const strykerPlugins = [{ kind: "Ignore", name: "sample", value: { shouldIgnore } }];
