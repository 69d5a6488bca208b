import * as fs from "node:fs";
import * as path from "node:path";
import MarkdownIt from "markdown-it";

export const checkout = path.resolve(__dirname, "..", "..", "..");

/** A Markdown page that people read. */
export class Page {
    /** The headings, as GitHub makes anchors of them. */
    readonly anchors: string[];
    /** The targets of its links. */
    readonly links: string[];
    /** The lines of its code blocks. */
    readonly codeLines: string[];
    /** Its inline code. */
    readonly inlineCode: string[];
    /** Everything but code and link targets, a text for each block. */
    readonly prose: string[];
    /** The cells of its tables, a list for each row. */
    readonly rows: string[][];

    /** @param file - relative to the checkout */
    constructor(
        readonly file: string,
        readonly text = fs.readFileSync(path.join(checkout, file), "utf8"),
    ) {
        const tokens = new MarkdownIt().parse(text, {});
        const inline = tokens.filter(({ type }) => type === "inline");
        const children = inline.flatMap((token) => token.children ?? []);
        const headings = inline.filter((_, index) => isHeading(tokens, inline[index]!));
        this.anchors = anchorsOf(headings.map((token) => plain(token.children ?? [])));
        this.links = children
            .filter(({ type }) => type === "link_open")
            .map((token) => String(token.attrGet("href")));
        this.codeLines = tokens
            .filter(({ type }) => type === "code_block" || type === "fence")
            .flatMap(({ content }) => content.split("\n"));
        this.inlineCode = children.filter(({ type }) => type === "code_inline").map(({ content }) => content);
        this.prose = inline.map((token) => prose(token.children ?? []));
        this.rows = text
            .split("\n")
            .filter((line) => line.startsWith("| "))
            .map((line) =>
                line
                    .split(/(?<!\\)\|/)
                    .slice(1, -1)
                    .map((cell) => cell.trim()),
            );
    }

    /** The code blocks under a heading, up to the next one. */
    blocksUnder(anchor: string): string[] {
        const tokens = new MarkdownIt().parse(this.text, {});
        const heads = tokens.flatMap(({ type }, index) => (type === "heading_open" ? [index] : []));
        const nth = this.anchors.indexOf(anchor);
        return tokens
            .slice(heads[nth], heads[nth + 1])
            .filter(({ type }) => type === "code_block" || type === "fence")
            .map(({ content }) => content);
    }

    /** All of its code, blocks and inline. */
    get code(): string[] {
        return [...this.codeLines, ...this.inlineCode];
    }
}

/** Every page except the changelog. */
export const pages = ["*.md", "docs/*.md", "examples/*.md", "examples/*/*.md", "local/plugins/*.md"]
    .flatMap((pattern) => fs.globSync(pattern, { cwd: checkout }))
    .filter((file) => file !== "CHANGELOG.md")
    .map((file) => new Page(file));

/** One of {@link pages}. */
export function pageOf(file: string): Page {
    return pages.find((each) => each.file === file)!;
}

function isHeading(tokens: MarkdownIt.Token[], inline: MarkdownIt.Token): boolean {
    return tokens[tokens.indexOf(inline) - 1]?.type === "heading_open";
}

function plain(tokens: MarkdownIt.Token[]): string {
    return tokens.map(({ content }) => content).join("");
}

/** Code becomes a letter, so that the words before and after it make no phrase. */
function prose(tokens: MarkdownIt.Token[]): string {
    return tokens
        .map(({ type, content }) => (type === "code_inline" ? "X" : type === "softbreak" ? " " : content))
        .join("");
}

/** As GitHub does: a repeated heading gets a number. */
function anchorsOf(headings: string[]): string[] {
    const seen = new Map<string, number>();
    return headings.map((heading) => {
        const anchor = heading
            .toLowerCase()
            .replaceAll(/[^\p{L}\p{N}_ -]/gu, "")
            .replaceAll(" ", "-");
        const times = seen.get(anchor) ?? 0;
        seen.set(anchor, times + 1);
        return times === 0 ? anchor : `${anchor}-${times}`;
    });
}
