import * as path from "node:path";
import type { Project } from "../operations/project/project";
import { ExitStatus } from "./exitStatus";
import { ProjectOption, repeated, stacksCommand } from "./options";
import { print, printJson } from "./print";
import { runCommand } from "./runCommand";

/** How to review, and where to write the review. */
interface ReviewOptions {
    out?: string;
    refresh?: boolean;
    policyPack?: string[];
    json?: boolean;
}

type Options = ReviewOptions & ProjectOption & { policies: boolean };

const statuses = { nothing: ExitStatus.done, changes: ExitStatus.other, blocked: ExitStatus.failed };

/** This project's policy pack. */
const ownPolicies = path.join(__dirname, "..", "policy");

/** Reviews the next `up`. */
export const review = stacksCommand("review", "review", "review -- --refresh", "--silent review -- --json")
    .description("Report what the next `up` changes in trust, as Markdown.")
    .argument("[stacks...]", "the stacks; default: root and the clusters, all that have settings")
    .option("--out <file>", "the file to write to (default: stdout)")
    .option("--refresh", "compare with the actual resources instead of the recorded state")
    .option("--policy-pack <dir>", "another policy pack for the previews; may be repeated", repeated, [])
    .option("--no-policies", "preview without this project's policies")
    .option("--json", "print JSON instead of Markdown")
    .action((names: string[], options: Options) =>
        runCommand(async () => {
            const { currentProject } = await import("./stacks.ts");
            const policyPack = [...(options.policies ? [ownPolicies] : []), ...(options.policyPack ?? [])];
            return reviewStacks(await currentProject(options), names, { ...options, policyPack });
        }),
    );

/**
 * Writes a review of what the `up` of stacks would change in trust.
 *
 * @returns the exit status
 */
export async function reviewStacks(
    project: Project,
    names: string[],
    { out, refresh, policyPack = [], json }: ReviewOptions,
): Promise<number> {
    const { review } = await import("../operations/review.ts");
    const { markdown } = await import("../review/markdown.ts");
    const policyPacks = policyPack.map((dir) => path.resolve(dir));
    const found = await review(project, names, { refresh, policyPacks });
    if (json) {
        printJson(found, out);
    } else {
        print(markdown(found), out);
    }
    return statuses[found.verdict];
}
