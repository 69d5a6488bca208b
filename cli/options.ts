import * as fs from "node:fs";
import { Command, InvalidArgumentError, Option } from "commander";
import { exitStatuses } from "./exitStatus";

/** The environment variable that chooses the stacks, like the option `--project`. */
export const projectVariable = "ISTIO_PLUGIN_CA_PROJECT";

/** What the option --pause of several commands does. */
export const pauseMeaning = "ask before each wave but the first";

/** The options of every command that acts on stacks. */
export interface ProjectOption {
    project?: string;
    /** Of {@link stacksCommand}. */
    parallel?: number;
}

/** A subcommand, whose help ends with examples and exit statuses. */
export function command(name: string, ...examples: string[]): Command {
    const statuses = exitStatuses(name).map((meaning, status) => `  ${status}  ${meaning}`);
    const commands = examples.map((example) => `  npm run ${example}`);
    const sections = ["", "Examples:", ...commands, "", "Exit status:", ...statuses];
    return new Command(name).addHelpText("after", sections.join("\n"));
}

/** A {@link command} that acts on stacks. */
export function stackCommand(name: string, ...examples: string[]): Command {
    const which = "the stacks to act on: local (those of npm start), own, or a folder with a Pulumi.yaml";
    const project = new Option("--project <which>", which).env(projectVariable);
    return command(name, ...examples).addOption(project);
}

/** A {@link command} that acts on several stacks. */
export function stacksCommand(name: string, ...examples: string[]): Command {
    return stackCommand(name, ...examples).option(
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

/** Reads an option that may be repeated. */
export function repeated(text: string, before: string[]): string[] {
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
