import * as fs from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { exitStatuses } from "./exitStatus";
import { packaged, typed } from "./packaged";

/** The environment variable that chooses the stacks, like the option `--project`. */
export const projectVariable = "ISTIO_PLUGIN_CA_PROJECT";

/** What the option --pause of several commands does. */
export const pauseMeaning = "ask before each wave but the first";

/** The options of every command that acts on stacks. */
export interface ProjectOption {
    project?: string;
    cwd?: string;
    /** Of {@link stacksCommand}. */
    parallel?: number;
}

/** A command whose first argument is a stack or stacks, which may be named by `--stack` instead. */
class StackCommand extends Command {
    override action(act: Parameters<Command["action"]>[0]): this {
        return super.action((named: string | string[] | undefined, ...rest: unknown[]) => {
            const { stack = [] } = this.opts<{ stack?: string[] }>();
            const first = Array.isArray(named) ? [...named, ...stack] : (stack.at(-1) ?? named);
            return act.call(this, first, ...rest);
        });
    }

    /** What commander calls if a required argument is missing. */
    missingArgument(name: string): void {
        if (this.opts<{ stack?: string[] }>().stack === undefined) {
            this.error(`error: missing required argument '${name}'`);
        }
    }
}

/** A subcommand, whose help ends with examples and exit statuses. */
export function command(name: string, ...examples: string[]): Command {
    return withExamples(new Command(name), examples);
}

function withExamples<T extends Command>(command: T, examples: string[]): T {
    const statuses = exitStatuses(command.name()).map((meaning, status) => `  ${status}  ${meaning}`);
    const commands = examples.map((example) => `  ${typed(example)}`);
    const sections = ["", "Examples:", ...commands, "", "Exit status:", ...statuses];
    return command.addHelpText("after", sections.join("\n"));
}

/** A {@link command} that acts on stacks. */
export function stackCommand(name: string, ...examples: string[]): Command {
    const kinds = packaged ? "" : "local (those of npm start), own, or ";
    const which = `the stacks to act on: ${kinds}a folder with a Pulumi.yaml`;
    const project = new Option("--project <which>", which).env(projectVariable);
    return withExamples(new StackCommand(name), examples)
        .addOption(project)
        .option("-C, --cwd <folder>", "as of pulumi: a folder of any Pulumi project, or one below it");
}

/** A {@link command} that acts on several stacks. */
export function stacksCommand(name: string, ...examples: string[]): Command {
    return stackCommand(name, ...examples)
        .option("-s, --stack <name>", "as of pulumi: a stack; may be repeated", repeated)
        .option(
            "--parallel <number>",
            "on how many stacks to work at once (default: 4 a core, fewer if memory is short)",
            positiveInteger,
        );
}

/** Reads an option that is a whole number from 1 to 99999. @throws InvalidArgumentError, which commander prints with the option's name. */
export function positiveInteger(text: string): number {
    if (!/^[1-9]\d{0,4}$/.test(text)) {
        throw new InvalidArgumentError("Allowed: a whole number from 1 to 99999.");
    }
    return Number(text);
}

/** Reads an option that is a URL, which is written where others read it. @throws InvalidArgumentError if it holds a password or a token. */
export function publicUrl(text: string): string {
    const url = URL.canParse(text) ? new URL(text) : undefined;
    if (url?.password || (url?.username && /^https?:$/.test(url.protocol))) {
        throw new InvalidArgumentError("Allowed: a URL without a password or token in it.");
    }
    return text;
}

/** Reads an option that may be repeated. */
export function repeated(text: string, before: string[] = []): string[] {
    return [...before, text];
}

/** The text of a file that an option names. @throws Error that names the file. */
export function readText(file: string): string {
    try {
        return fs.readFileSync(file, "utf8");
    } catch (error) {
        throw Object.assign(error as Error, { path: file });
    }
}
