import { Argument, Command } from "commander";
import { command } from "./options";
import { runCommand } from "./runCommand";

/** The name of the subcommand by which shells ask what may follow; people do not type it. */
export const completing = "complete";

/** Prints a script by which a shell completes commands and options. */
export const completion = command("completion", "--silent completion -- bash > istio-plugin-ca.bash")
    .description("Print a script by which a shell completes commands and options.")
    .addArgument(new Argument("<shell>", "the shell").choices(["bash", "zsh", "fish", "powershell"]))
    .action((shell: string) =>
        runCommand(async () => {
            const { default: tab } = await import("@bomb.sh/tab");
            tab.setup("istio-plugin-ca", "istio-plugin-ca", shell);
        }),
    );

/** Gives a program the subcommand that answers shells. */
export async function withAnswers(program: Command): Promise<Command> {
    const { default: tab } = await import("@bomb.sh/tab/commander");
    tab(program, { completionCommandName: completing });
    return program;
}
