import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { markdown } from "../review/markdown";
import { review, Verdict } from "../review/review";
import { chosen, Project } from "./project";
import { main } from "./tasks";

interface Options {
    out?: string;
    refresh?: boolean;
    policyPack: string[];
    json?: boolean;
}

const statuses: Record<Verdict, number> = { nothing: 0, changes: 2, blocked: 1 };

const program = new Command("review")
    .description(
        "Tell what the next `up` changes in trust, as Markdown. Exit status: 0 nothing changes, 2 changes, 1 blocked.",
    )
    .argument("[stacks...]", "the stacks; default: all that have a file of settings")
    .option("--out <file>", "write it there (default: stdout)")
    .option("--refresh", "compare with what is there, not with what the state remembers")
    .option("--policy-pack <dir...>", "policies to preview under", [])
    .option("--json", "the same as JSON")
    .action((names: string[], { out, refresh, policyPack, json }: Options) =>
        main(async () => {
            const project = Project.current();
            const found = await review(project, chosen(project, names), {
                refresh,
                policyPacks: policyPack.map((dir) => path.resolve(dir)),
            });
            const text = json ? `${JSON.stringify(found, undefined, 4)}\n` : markdown(found);
            fs.writeFileSync(out ?? process.stdout.fd, text);
            return statuses[found.verdict];
        }),
    );
void program.parseAsync();
