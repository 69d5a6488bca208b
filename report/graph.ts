import { instance, Viz } from "@viz-js/viz";
import type { Cell } from "../verify/matrixReport";
import type { Cluster, Mesh, Root } from "./trustFacts";
import type { TrustReport } from "./trustReport";

/** How many clusters are drawn one by one; of more, those that need nothing are drawn as one. */
const mostDrawn = 30;

/** Of how many clusters the requests between them are drawn, too. */
const mostLinked = 5;

let viz: Promise<Viz> | undefined;

/**
 * The roots, the CAs of the clusters below them, and the links between clusters, as SVG. Its parts have classes in place of
 * colours: `signs`, `trusted`, `ok`, `bad`, and the severity of what was found.
 */
export async function drawTrust(report: TrustReport): Promise<string> {
    viz ??= instance();
    const svg = (await viz).renderString(graph(report), { format: "svg" });
    return svg.slice(svg.indexOf("<svg"));
}

type Graph = Exclude<Parameters<Viz["renderString"]>[0], string>;

const font = { fontname: "Helvetica", fontsize: 11 };

function graph({ roots, clusters, meshes, findings }: TrustReport): Graph {
    const attention = Map.groupBy(findings, ({ stack }) => stack);
    const noteworthy = clusters.filter(({ stack }) => attention.has(stack));
    const drawn = clusters.length > mostDrawn ? noteworthy.slice(0, mostDrawn) : clusters;
    const others = byRoot(clusters.filter((each) => !drawn.includes(each)));
    return {
        directed: true,
        graphAttributes: { rankdir: "LR", nodesep: 0.25, ranksep: 1.5, bgcolor: "transparent" },
        nodeAttributes: { shape: "box", style: "rounded", margin: "0.3,0.1", ...font },
        edgeAttributes: { arrowsize: 0.7, ...font },
        nodes: [
            ...roots.map((root) =>
                node(root.fingerprint, rootLines(root), root.signs ? "root signs" : "root"),
            ),
            ...drawn.map((cluster) => {
                const [worst] = attention.get(cluster.stack) ?? [];
                return node(
                    cluster.stack,
                    clusterLines(cluster),
                    worst?.severity.replace(" ", "-") ?? "cluster",
                );
            }),
            ...[...others].map(([root, { length }]) =>
                node(`below ${root}`, [`${length} ${drawn.length > 0 ? "other " : ""}clusters`], "cluster"),
            ),
        ],
        edges: [
            ...drawn.flatMap(trustEdges),
            ...[...others.keys()].map((root) => edge(root, `below ${root}`, "signs")),
            ...meshes.flatMap((mesh) => linkEdges(mesh, new Set(drawn.map(({ stack }) => stack)))),
        ],
    };
}

function rootLines({ name, stack, signs, notAfter }: Root): string[] {
    const holder =
        stack === undefined ? "outside of this project" : `stack ${stack}${signs ? ", signs" : ""}`;
    return [name, holder, `expires ${date(notAfter)}`];
}

function clusterLines({ stack, status, ca, previousCa, network }: Cluster): string[] {
    if (!ca) {
        return [stack, status];
    }
    return [
        stack,
        ...(network === undefined || network === stack ? [] : [`network ${network}`]),
        ...(previousCa?.signs ? ["its previous CA signs"] : []),
        `CA expires ${date(ca.notAfter)}`,
        ...(ca.renewFrom ? [`renewed from ${date(ca.renewFrom)}`] : []),
    ];
}

/** From a root to the cluster: solid if its CA is below it, dashed if it is only trusted. */
function trustEdges({ stack, root, trusts }: Cluster) {
    return trusts.map((fingerprint) =>
        edge(fingerprint, stack, fingerprint === root || trusts.length === 1 ? "signs" : "trusted"),
    );
}

/** One arrow for both directions if what was seen is the same. */
function linkEdges({ links, matrix }: Mesh, drawn: Set<string>) {
    const stackOf = (cluster: string) => links[cluster]?.stack ?? cluster;
    const few = Object.keys(links).length <= mostLinked ? (matrix?.cells ?? []) : [];
    const cells = few.filter(({ from, to }) => drawn.has(stackOf(from)) && drawn.has(stackOf(to)));
    const back = ({ from, to }: Cell) => cells.find((cell) => cell.from === to && cell.to === from);
    return cells.flatMap((cell) => {
        const alike = back(cell)?.ok === cell.ok;
        if (alike && cell.from > cell.to) {
            return [];
        }
        const shape = { constraint: false, dir: alike ? "both" : "forward" };
        return edge(stackOf(cell.from), stackOf(cell.to), cell.ok ? "ok" : "bad", {
            ...shape,
            ...(!cell.ok && { label: "\u2717" }),
        });
    });
}

function byRoot(clusters: Cluster[]): Map<string, Cluster[]> {
    return Map.groupBy(clusters, ({ root, trusts }) => root ?? trusts[0] ?? "");
}

/** Graphviz reads backslashes in labels. */
function node(name: string, lines: string[], kind: string) {
    return { name, attributes: { label: lines.join("\n").replaceAll("\\", "\\\\"), class: kind } };
}

function edge(tail: string, head: string, kind: string, attributes: object = {}) {
    const style = kind === "trusted" ? "dashed" : "solid";
    return { tail, head, attributes: { class: kind, style, ...attributes } };
}

function date(iso: string): string {
    return iso.slice(0, 10);
}
