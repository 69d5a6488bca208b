import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";

/** Cases in an order that is drawn from SEED, otherwise from the commit. */
export function inTurn<T>(cases: T[]): T[] {
    const seed = process.env["SEED"] ?? commit();
    const rank = (each: T) =>
        createHash("sha256")
            .update(seed + JSON.stringify(each))
            .digest("hex");
    return [...cases].sort((a, b) => rank(a).localeCompare(rank(b)));
}

/** So that every landing starts with other cases. */
function commit(): string {
    return execFileSync("git", ["rev-parse", "HEAD"], { cwd: __dirname, encoding: "utf8" }).trim();
}
