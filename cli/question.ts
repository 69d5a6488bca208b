import { createInterface } from "node:readline";
import { ExitStatus } from "./exitStatus";

/** Where a question is put. */
export interface Terminal {
    input: NodeJS.ReadableStream;
    output: NodeJS.WritableStream;
}

const standard: Terminal = { input: process.stdin, output: process.stdout };

/** Asks whether to continue; only yes is yes. */
export async function askOnTerminal(question: string, terminal = standard): Promise<boolean> {
    return /^y(es)?$/i.test((await answer(`${question} (yes/no) `, terminal)) ?? "");
}

/** Has a name typed, so that nobody takes down by habit what they did not mean. */
export async function askForName(question: string, name: string, terminal = standard): Promise<boolean> {
    return (await answer(`${question} `, terminal)) === name;
}

/** The line that was typed, without the blanks around it; undefined at the end of input and at Ctrl-C. */
function answer(question: string, { input, output }: Terminal): Promise<string | undefined> {
    return new Promise((resolve) => {
        const lines = createInterface({ input, output });
        // Both leave the question unanswered for ever, and Node.js ends with status 0 when nothing else is to be done.
        lines.on("SIGINT", () => lines.close());
        lines.on("close", () => resolve(undefined));
        lines.question(question, (line) => {
            resolve(line.trim());
            lines.close();
        });
    });
}

/** The exit status of a command that asks before each step; says how to resume where not every step was agreed to. */
export function declined(agreed: boolean): number {
    if (agreed) {
        return ExitStatus.done;
    }
    console.error(
        "Stopped before this step, which changed nothing. Run the command again to resume; in a pipeline: --yes.",
    );
    return ExitStatus.failed;
}
