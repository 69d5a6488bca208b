import type { Element, Literal } from "hast";
import { toHtml } from "hast-util-to-html";
import { h } from "hastscript";
import { certificateTable } from "./certificateTable";
import type { Finding } from "./findings";
import { drawTrust } from "./graph";
import { matrixTables } from "./matrixTables";
import { style } from "./style";
import type { TrustReport } from "./trustReport";

/** Markup that is written as it is (hast-util-to-html, allowDangerousHtml). */
interface Raw extends Literal {
    type: "raw";
}

declare module "hast" {
    interface RootContentMap {
        raw: Raw;
    }
    interface ElementContentMap {
        raw: Raw;
    }
}

/** The report as a page that needs nothing else: no network, no script. */
export async function trustPage(report: TrustReport): Promise<string> {
    const tree = page(report, await drawTrust(report));
    return `<!doctype html>\n${toHtml(tree, { omitOptionalTags: true, allowDangerousHtml: true })}\n`;
}

function page(report: TrustReport, svg: string): Element {
    const { project, at, findings, clusters, roots } = report;
    const title = `Trust of ${project}`;
    const nothing = "default-src 'none'; style-src 'unsafe-inline'";
    return h("html", { lang: "en" }, [
        h("head", [
            h("meta", { charset: "utf-8" }),
            h("meta", { name: "viewport", content: "width=device-width, initial-scale=1" }),
            h("meta", { "http-equiv": "Content-Security-Policy", content: nothing }),
            h("title", title),
            h("style", style),
        ]),
        h("body", [
            h("h1", title),
            h("p", { class: "when" }, [
                `${plural(roots.length, "root")}, ${plural(clusters.length, "cluster")}. From what the stacks last exported, read `,
                h("time", { datetime: at }, `${at.slice(0, 16).replace("T", " ")} UTC`),
                ".",
            ]),
            section("What to do next", findingList(findings)),
            section("Roots and clusters", picture(report, svg)),
            ...matrixTables(report.meshes).map(({ title, table }) => section(title, table)),
            section("Certificates", certificateTable(report)),
        ]),
    ]);
}

function section(title: string, content: Element): Element {
    return h("section", [h("h2", title), content]);
}

function findingList(findings: Finding[]): Element {
    return findings.length === 0
        ? h("p", "Nothing: every CA is plugged in, nothing is due, and nothing is under way.")
        : h(
              "ol",
              { class: "findings" },
              findings.map(({ severity, found, next }) =>
                  h("li", { class: severity.replace(" ", "-") }, [
                      h("span", { class: "severity" }, severity),
                      ...withCode(`${found} ${next}`),
                  ]),
              ),
          );
}

/** A screen reader gets the tables, which say all that the picture shows. */
function picture({ roots, clusters }: TrustReport, svg: string): Element {
    const name = `${plural(roots.length, "root")} and ${plural(clusters.length, "cluster")}; the tables below say the same in words.`;
    const legend =
        "A line leads from a root to the clusters whose CA is below it, a dashed one to those that only trust it. Arrows between clusters are requests: green if they are as they should be, red with ✗ if not. A coloured frame marks a cluster that is listed above.";
    return h("figure", [
        h("div", { class: "scroll", role: "img", "aria-label": name }, [{ type: "raw", value: svg }]),
        h("figcaption", legend),
    ]);
}

/** Text in which backticks mark what is typed. */
function withCode(text: string): (Element | string)[] {
    return text.split("`").map((part, i) => (i % 2 === 1 ? h("code", part) : part));
}

function plural(count: number, noun: string): string {
    return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
