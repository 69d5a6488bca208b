import * as fs from "node:fs";
import * as path from "node:path";
import type { Project } from "../operations/project/project";
import { ExitStatus } from "./exitStatus";
import { ProjectOption, repeated, stackCommand } from "./options";
import { runCommand } from "./runCommand";

/** How a review is made and where it is written. */
interface ReviewOptions {
    out?: string;
    refresh?: boolean;
    policyPack?: string[];
    json?: boolean;
}

type Options = ReviewOptions & ProjectOption & { policies: boolean };

const statuses = { nothing: ExitStatus.done, changes: ExitStatus.other, blocked: ExitStatus.failed };

/** The checkout's own. */
const ownPolicies = path.join(__dirname, "..", "policy");

/** Reviews what the next `up` changes. */
export const review = stackCommand("review", "review", "review -- --refresh", "--silent review -- --json")
    .description("Report what the next `up` changes in trust, as Markdown.")
    .argument("[stacks...]", "the stacks; default: root and the clusters, all that have settings")
    .option("--out <file>", "write it there (default: stdout)")
    .option("--refresh", "compare with what is there, not with what the state remembers")
    .option("--policy-pack <dir>", "further policies to preview under; may be repeated", repeated, [])
    .option("--no-policies", "leave this project's policies out")
    .option("--json", "the same as JSON")
    .action((names: string[], options: Options) =>
        runCommand(async () => {
            const { currentProject } = await import("./stacks.ts");
            const policyPack = [...(options.policies ? [ownPolicies] : []), ...(options.policyPack ?? [])];
            return reviewStacks(await currentProject(options), names, { ...options, policyPack });
        }),
    );

/**
 * Writes what the `up` of stacks would change in trust.
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
    const text = json ? `${JSON.stringify(found, undefined, 4)}\n` : markdown(found);
    if (out === undefined) {
        process.stdout.write(text);
    } else {
        fs.writeFileSync(out, text);
    }
    return statuses[found.verdict];
}
