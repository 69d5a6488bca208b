import * as fs from "node:fs";
import { withTyped } from "./packaged";

/** Prints a command's result on stdout, or writes it to a file. The commands that it names are those that work here. */
export function print(text: string, file?: string): void {
    const shown = withTyped(text.endsWith("\n") ? text : `${text}\n`);
    if (file === undefined) {
        process.stdout.write(shown);
    } else {
        fs.writeFileSync(file, shown);
    }
}

/** Prints a result as JSON. */
export function printJson(value: unknown, file?: string): void {
    print(JSON.stringify(value, undefined, 4), file);
}
