import * as path from "node:path";

/**
 * Runs a program of this folder: as it was built, or in a checkout as its bundle, which loads in a quarter of the time. What
 * runs commands, and states, know these programs by the files that call this.
 */
export function start(caller: string, name: string): void {
    const extension = path.extname(caller);
    const bundled = extension === ".ts" ? bundle(`verify/${name}.ts`) : undefined;
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- one of them, which is known now
    require(bundled ?? path.join(__dirname, name + extension));
}

function bundle(source: string): string | undefined {
    // eslint-disable-next-line @typescript-eslint/no-require-imports -- what is built is without it
    const bundles = require("../program/bundle.cjs") as { bundle(source: string): string | undefined };
    return bundles.bundle(source);
}
