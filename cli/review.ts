import * as fs from "node:fs";
import * as path from "node:path";
import { markdown } from "../review/markdown";
import { review, Verdict } from "../review/review";
import { currentProject, ProjectOption, stackCommand } from "./currentProject";
import { repeated } from "./options";
import { Project } from "./project";
import { main } from "./tasks";

/** Options of `npm run review`. */
export interface ReviewCommandOptions {
    out?: string;
    refresh?: boolean;
    policyPack?: string[];
    json?: boolean;
}

const statuses: Record<Verdict, number> = { nothing: 0, changes: 2, blocked: 1 };

/**
 * Writes what the `up` of stacks would change in trust.
 *
 * @returns the exit status: 0 nothing changes, 2 changes, 1 blocked.
 */
export async function reviewStacks(
    project: Project,
    names: string[],
    { out, refresh, policyPack = [], json }: ReviewCommandOptions,
): Promise<number> {
    const found = await review(project, names, {
        refresh,
        policyPacks: policyPack.map((dir) => path.resolve(dir)),
    });
    const text = json ? `${JSON.stringify(found, undefined, 4)}\n` : markdown(found);
    if (out === undefined) {
        process.stdout.write(text);
    } else {
        fs.writeFileSync(out, text);
    }
    return statuses[found.verdict];
}

/** The checkout's own. */
const ownPolicies = path.join(__dirname, "..", "policy");

/** The command, run where this file is the main module. */
export const program = stackCommand("review")
    .description(
        "Tell what the next `up` changes in trust, as Markdown. Exit status: 0 nothing changes, 2 changes, 1 blocked.",
    )
    .argument("[stacks...]", "the stacks; default: root and the clusters, all that have settings")
    .option("--out <file>", "write it there (default: stdout)")
    .option("--refresh", "compare with what is there, not with what the state remembers")
    .option("--policy-pack <dir>", "further policies to preview under; may be repeated", repeated, [])
    .option("--no-policies", "leave this project's policies out")
    .option("--json", "the same as JSON")
    .action((names: string[], options: ReviewCommandOptions & ProjectOption & { policies: boolean }) => {
        const policyPack = [...(options.policies ? [ownPolicies] : []), ...(options.policyPack ?? [])];
        return main(async () =>
            reviewStacks(await currentProject(options), names, { ...options, policyPack }),
        );
    });

if (require.main === module) {
    void program.parseAsync();
}
