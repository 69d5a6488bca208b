import * as path from "node:path";

/** Whether this is the built command line of the npm package, and not that of a checkout. */
export const packaged = path.extname(__filename) === ".js";

/** The subcommands that act on stacks. */
export const stackCommands = [
    ...["up", "destroy", "review", "report", "verify", "status", "waves", "rotate", "migrate", "csr"],
    ...["export", "fleet"],
];

/** Those that need no Pulumi project. */
export const otherCommands = ["check", "sign", "completion"];

/** How a command is started here, and the options by which the user has chosen the project. */
interface Typing {
    packaged: boolean;
    project: string;
}

const here: Typing = { packaged, project: "" };

/** Has every command that is named after this choose the same project. */
export function typedFor({ cwd, project }: { cwd?: string; project?: string }): void {
    const [option, value] = cwd === undefined ? ["--project", project] : ["--cwd", cwd];
    // Of any other name one cannot say how each shell, JSON and HTML would have it.
    here.project = /^[\w./@:+~ -]+$/.test(value ?? "") ? `${option} ${quoted(value!)}` : "";
}

/**
 * What a person types for a command.
 *
 * @param example - as after `npm run`, such as `--silent check -- secret.yaml --json`
 */
export function typed(example: string, { packaged, project }: Typing = here): string {
    const [, silent = "", name = "", dashes = "", rest = ""] = /^(--silent )?(\w+)( --(?= |$))?(.*)$/s.exec(
        example,
    )!;
    const chosen = project !== "" && stackCommands.includes(name) ? ` ${project}` : "";
    const args = `${chosen}${rest}`;
    return packaged
        ? `npx istio-plugin-ca ${name}${args}`
        : `npm run ${silent}${name}${chosen === "" ? dashes : " --"}${args}`;
}

/** A text that names commands of this program, as a person types them here. */
export function withTyped(text: string, typing: Typing = here): string {
    return text.replaceAll(named, (_, example: string) => typed(example, typing));
}

const named = new RegExp(
    `\\bnpm run ((?:--silent )?(?:${[...stackCommands, ...otherCommands].join("|")})(?![\\w:-])(?: --(?= ))?)`,
    "g",
);

function quoted(value: string): string {
    return value.includes(" ") ? `'${value}'` : value;
}
