import { ProjectOption, stacksCommand } from "./options";
import { print, printJson } from "./print";
import { runCommand } from "./runCommand";

interface Options extends ProjectOption {
    out?: string;
    json?: boolean;
}

/** Draws who trusts whom. */
export const report = stacksCommand("report", "report -- --out trust.html", "--silent report -- --json")
    .description(
        "Draw who trusts whom as a page that needs nothing else: roots, clusters, the requests between them, what is under way, and what to do next.",
    )
    .argument("[stacks...]", "the stacks; default: all that have settings")
    .option("--out <file>", "the file to write to (default: stdout)")
    .option("--json", "print JSON instead of HTML")
    .action((names: string[], { out, json, ...which }: Options) =>
        runCommand(async () => {
            const { currentProject } = await import("./stacks.ts");
            const { report } = await import("../operations/report.ts");
            const { trustPage } = await import("../report/page.ts");
            const found = await report(await currentProject(which), names);
            if (json) {
                printJson(found, out);
            } else {
                print(await trustPage(found), out);
            }
        }),
    );
