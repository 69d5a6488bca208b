import type { Link } from "./links";
import type { Operation } from "./resource";

/** Of how many clusters all links are shown; of more, those that change. */
const mostShown = 12;

const marks: Record<Operation, string> = {
    same: "ok",
    create: "**new**",
    import: "**new**",
    update: "ok, other access",
    replace: "**interrupted**",
    delete: "**removed**",
};

/** The matrix of requests as it would become, as Markdown; empty if nothing of it changes and all clusters trust each other. */
export function linkTable(links: Link[]): string {
    const notable = links.filter(({ operation, trust }) => operation !== "same" || trust === false);
    if (notable.length === 0) {
        return "";
    }
    const names = (some: Link[]) => [...new Set(some.flatMap(({ from, to }) => [from, to]))].sort();
    const clusters = names(links).length > mostShown ? names(notable).slice(0, mostShown) : names(links);
    const cell = (from: string, to: string) => {
        const link = links.find((each) => each.from === from && each.to === to);
        return link === undefined
            ? ""
            : link.trust === false && link.operation !== "delete"
              ? "**no trust**"
              : marks[link.operation];
    };
    const rows = [
        ["from \\ to", ...clusters.map(code)],
        ["---", ...clusters.map(() => "---")],
        ...clusters.map((from) => [code(from), ...clusters.map((to) => cell(from, to))]),
    ];
    const left = names(links).length - clusters.length;
    const others =
        left > 0
            ? `\n\n${left} clusters with no change, or beyond the first ${mostShown}, are not shown.`
            : "";
    return rows.map((cells) => `| ${cells.join(" | ")} |`).join("\n") + others;
}

function code(name: string): string {
    return `\`${name}\``;
}
