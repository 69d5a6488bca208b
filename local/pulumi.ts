import { execa } from "execa";
import { currentProject } from "../cli/currentProject";
import { runCommand } from "../cli/runCommand";

/** `npm run pulumi -- …`: the pulumi, the backend and the passphrases that `npm start` uses. */
void runCommand(async () => {
    const args = process.argv.slice(2);
    const project = await currentProject({});
    await project.requireTools([]);
    const { exitCode } = await execa("pulumi", args, {
        cwd: project.dir,
        env: project.variables(stackOf(args)),
        stdio: "inherit",
        reject: false,
    });
    return exitCode ?? 1;
});

/** The stack that a command names, which decides the passphrase. */
function stackOf(args: string[]): string | undefined {
    const index = args.findIndex((arg) => arg === "-s" || arg === "--stack");
    const joined = args.find((arg) => arg.startsWith("--stack="));
    if (joined) {
        return joined.slice("--stack=".length);
    }
    if (index >= 0) {
        return args[index + 1];
    }
    // `pulumi stack init NAME`, `stack select NAME`, `stack rm NAME`
    return args[0] === "stack" && ["init", "select", "rm"].includes(args[1] ?? "") ? args[2] : undefined;
}
