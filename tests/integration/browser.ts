import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import MarkdownIt from "markdown-it";
import { findCommand, installPackages } from "../../local/toolchain/systemCommands";

/** What a person sees of a page. */
export interface Seen {
    headings: string[];
    items: string[];
    /** The texts of each table's cells, by row. */
    tables: string[][][];
    /** What is folded: its title, whether it is open, and whether its content shows. */
    folded: { title: string; open: boolean; shown: boolean }[];
    /** Whether the page's content is wider than the window. */
    overflows: boolean;
    /** The images, by what a screen reader calls them, and their width in pixels. */
    images: { name: string; width: number }[];
}

/** Collected in the page itself, after the browser has laid it out. */
const collect = `
const texts = (selector, within = document) => [...within.querySelectorAll(selector)].map((each) => each.innerText.trim());
const seen = {
    headings: texts("h2, h3"),
    items: texts("li"),
    tables: [...document.querySelectorAll("table")].map((table) =>
        [...table.rows].map((row) => texts("th, td", row))),
    folded: [...document.querySelectorAll("details")].map((details) => ({
        title: details.querySelector("summary").innerText,
        open: details.open,
        shown: details.querySelector("pre").checkVisibility(),
    })),
    images: [...document.querySelectorAll("[role=img]")].map((each) => ({
        name: each.ariaLabel,
        width: each.firstElementChild.getBoundingClientRect().width,
    })),
    overflows: document.documentElement.scrollWidth > window.innerWidth,
};
const script = document.createElement("script");
script.id = "seen";
script.type = "application/json";
script.textContent = encodeURIComponent(JSON.stringify(seen));
document.body.append(script);`;

/** Renders Markdown as GitHub does, with tables and HTML, and looks at it in headless Chromium. */
export function look(markdown: string): Promise<Seen> {
    return lookAt(page(new MarkdownIt({ html: true }).render(markdown)));
}

/** Looks at a page in headless Chromium, in a window of this width in pixels. */
export async function lookAt(html: string, width = 1200): Promise<Seen> {
    if (!findCommand("chromium")) {
        await installPackages(["chromium"]);
    }
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "page-"));
    try {
        const file = path.join(dir, "page.html");
        fs.writeFileSync(file, `${html}<script>${collect}</script>`);
        const quiet = [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            `--window-size=${width},900`,
            `--user-data-dir=${dir}/profile`,
        ];
        const { stdout } = await execa("chromium", [...quiet, "--dump-dom", `file://${file}`]);
        const [, json] = /id="seen"[^>]*>([^<]*)</.exec(stdout) ?? [];
        if (json === undefined) {
            throw new Error("the page lets no script run");
        }
        return JSON.parse(decodeURIComponent(json)) as Seen;
    } finally {
        fs.rmSync(dir, { recursive: true, force: true });
    }
}

function page(body: string): string {
    const style =
        "body { width: 980px; font: 14px sans-serif } td, th { border: 1px solid; padding: 4px 8px }";
    return `<!doctype html><meta charset="utf-8"><style>${style}</style><body>${body}`;
}
