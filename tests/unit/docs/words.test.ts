import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { checkout, Page, pageOf, pages } from "./pages";
import { plainText, sourceTexts } from "./sourceTexts";

describe("The glossary of CONTRIBUTING.md", () => {
    const phrases = forbidden(pageOf("CONTRIBUTING.md"));

    it("is kept by every page", () => {
        const all = [...pages, new Page("CHANGELOG.md")];
        assert.deepEqual(
            all.flatMap(({ file, prose }) => breaches(file, [prose.join("\n")], phrases)),
            [],
        );
    });

    it("is kept by comments, messages and test titles", () => {
        assert.deepEqual(
            sources().flatMap((file) => breaches(file, textsOf(file), phrases)),
            [],
        );
    });

    it("finds what it forbids, in sentences, lists and tables, and not in code", () => {
        assert.ok(phrases.length > 100, `${phrases.length} phrases`);
        const found = phrases.flatMap((phrase) =>
            breaches("a.md", new Page("a.md", `- It ${phrase} well.\n`).prose, [phrase]),
        );
        assert.equal(found.length, phrases.length);
        const { prose } = new Page(
            "a.md",
            "| a |\n|---|\n| Made ANEW | \n\nRun `goes on`, a `proxy` follows.\n\n    mended\n",
        );
        assert.deepEqual(breaches("a.md", prose, phrases), ["a.md: anew"]);
    });

    it("finds it in comments, strings, templates and their sums, over line ends, and not in names and code", () => {
        const source = `
            /** Made\n * anew, as \`former\` says. */
            import "./mended";
            const former = \`goes \${lest("mend it")} on, goes on\`; // is
            // behind
            it("runs side " + "by side, " + \`X \${1} \` + former, () => tells());
        `;
        const found = ["is behind", "anew", "goes on", "side by side", "mend"];
        assert.deepEqual(
            breaches("a.ts", sourceTexts(source), phrases),
            found.map((phrase) => `a.ts: ${phrase}`),
        );
    });

    it("finds it in the comments and texts of other files", () => {
        const texts = [plainText("# goes\n# on\necho 'side by side' `mend`\n")];
        assert.deepEqual(breaches("a.sh", texts, phrases), ["a.sh: goes on", "a.sh: side by side"]);
    });

    it("allows what only sounds alike", () => {
        const texts = ["There is no root. Is no CA-less, is no CA's"];
        assert.deepEqual(breaches("a.md", texts, phrases), ["a.md: is no CA"]);
    });
});

/** The phrases in the second column of the glossary, each in code. */
function forbidden({ rows }: Page): string[] {
    const words = rows.slice(rows.findIndex(([say]) => say === "Say") + 1);
    return words.flatMap(([, not = ""]) => [...not.matchAll(/`([^`]+)`/g)].map(([, phrase]) => phrase!));
}

/** Everything but pages that this project's authors wrote; recorded fixtures say what others do. */
function sources(): string[] {
    return execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard"], {
        cwd: checkout,
        encoding: "utf8",
    })
        .split("\n")
        .filter((file) => /\.([cm]?[jt]s|go|sh|ya?ml)$|^\.ci\//.test(file))
        .filter((file) => !file.startsWith("tests/fixtures/") && file !== "tests/unit/docs/words.test.ts")
        .filter((file) => fs.existsSync(path.join(checkout, file)));
}

function textsOf(file: string): string[] {
    const content = fs.readFileSync(path.join(checkout, file), "utf8");
    return /\.[cm]?[jt]s$/.test(file) ? sourceTexts(content) : [plainText(content)];
}

/** Which of these phrases are in a file's texts. "There is no root" is not "is no root". */
function breaches(file: string, texts: string[], phrases: string[]): string[] {
    const lines = texts.map((text) => text.replaceAll(/\s+/g, " ")).join("\n");
    // Most files have none of them, which one pass shows.
    const found = patternOf(phrases).test(lines)
        ? phrases.filter((each) => patternOf([each]).test(lines))
        : [];
    return found.map((phrase) => `${file}: ${phrase}`);
}

function patternOf(phrases: string[]): RegExp {
    const patterns = phrases.map((phrase) => `${/^\w/.test(phrase) ? "(?<![\\w-]|there )" : ""}${phrase}`);
    return new RegExp(`(?:${patterns.join("|")})(?![\\w-])`, "i");
}
