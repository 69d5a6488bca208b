import * as path from "node:path";

/** Whether this is the built command line of the npm package, and not that of a checkout. */
export const packaged = path.extname(__filename) === ".js";

/**
 * What a person types for a command.
 *
 * @param example - as after `npm run`, such as `--silent check -- secret.yaml --json`
 */
export function typed(example: string): string {
    return packaged
        ? `npx istio-plugin-ca ${example.replace(/^--silent /, "").replace(/ --(?= |$)/, "")}`
        : `npm run ${example}`;
}

/** A message that names commands, as a person types them. */
export function withTyped(text: string): string {
    return text.replaceAll(/\bnpm run ((?:--silent )?(?:[a-z]+)(?: --(?= |$))?)/g, (_, example: string) =>
        typed(example),
    );
}
