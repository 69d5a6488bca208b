import { createInterface } from "node:readline";
import { ExitStatus } from "./exitStatus";

/** Where a question is asked. */
export interface Terminal {
    input: NodeJS.ReadableStream;
    output: NodeJS.WritableStream;
}

const standard: Terminal = { input: process.stdin, output: process.stdout };

/** Asks whether to continue; anything but yes means no. */
export async function askOnTerminal(question: string, terminal = standard): Promise<boolean> {
    return /^y(es)?$/i.test((await answer(`${question} (yes/no) `, terminal)) ?? "");
}

/** Asks for a name to be typed, so that nobody takes down the wrong stacks by habit. */
export async function askForName(question: string, name: string, terminal = standard): Promise<boolean> {
    return (await answer(`${question} `, terminal)) === name;
}

/** The line that was typed, trimmed; undefined at the end of input and on Ctrl-C. */
function answer(question: string, { input, output }: Terminal): Promise<string | undefined> {
    return new Promise((resolve) => {
        const lines = createInterface({ input, output });
        // Either would leave the question unanswered forever, and Node.js exits with status 0 when nothing is left to do.
        lines.on("SIGINT", () => lines.close());
        lines.on("close", () => resolve(undefined));
        lines.question(question, (line) => {
            resolve(line.trim());
            lines.close();
        });
    });
}

/** The exit status of a command that asks before each step; says how to resume if a step was declined. */
export function declined(agreed: boolean): number {
    if (agreed) {
        return ExitStatus.done;
    }
    console.error(
        "Stopped before this step, which has changed nothing. Run the command again to resume. In a pipeline, use --yes.",
    );
    return ExitStatus.failed;
}
