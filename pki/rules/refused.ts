import { CaFile } from "../caFiles";
import { Finding } from "./finding";

/** What istiod does. */
export const startRefused = "istiod does not start with it.";
export const reloadDropped = "A running istiod drops it with a line in its log and keeps its old CA";

/** What istiod does with a file it cannot use. */
export function refused(
    rule: string,
    { name }: CaFile,
): Pick<Finding, "rule" | "severity" | "file" | "effect"> {
    return { rule, severity: "error", file: name, effect: `${startRefused} ${reloadDropped}.` };
}
