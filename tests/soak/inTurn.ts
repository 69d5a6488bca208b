import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";

/** What the order of a soak is drawn from: SEED, otherwise the commit, so that every landing starts with other cases. */
const seed = process.env["SEED"] ?? execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();

/** Cases in an order that another seed changes. */
export function inTurn<T>(cases: T[]): T[] {
    const rank = (each: T) =>
        createHash("sha256")
            .update(seed + JSON.stringify(each))
            .digest("hex");
    return [...cases].sort((a, b) => rank(a).localeCompare(rank(b)));
}
