import * as fs from "node:fs";
import { InvalidArgumentError } from "commander";

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

/** The text of a file that an option names. @throws Error that knows the file, whatever is wrong with it. */
export function readText(file: string): string {
    try {
        return fs.readFileSync(file, "utf8");
    } catch (error) {
        throw Object.assign(error as Error, { path: file });
    }
}
