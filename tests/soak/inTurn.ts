import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";

/** What the order of a soak is drawn from: SEED, or else the commit, so that every landing begins with other cases. */
const seed = process.env["SEED"] ?? execFileSync("git", ["rev-parse", "HEAD"], { encoding: "utf8" }).trim();

/** Cases in an order that another seed changes. */
export function inTurn<T>(cases: T[]): T[] {
    const rank = (each: T) =>
        createHash("sha256")
            .update(seed + JSON.stringify(each))
            .digest("hex");
    return [...cases].sort((a, b) => rank(a).localeCompare(rank(b)));
}

/** When a soak with a limit (SOAK_MINUTES, from now) begins no other case. */
const deadline = Date.now() + Number(process.env["SOAK_MINUTES"] ?? Infinity) * 60_000;

/** Leaves a case to a later run where the time of this one is over; mocha then counts it as pending. */
export function whileThereIsTime(context: Mocha.Context): void {
    if (Date.now() > deadline) {
        context.skip();
    }
}
