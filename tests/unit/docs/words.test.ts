import assert from "node:assert/strict";
import { Page, pageOf, pages } from "./pages";

describe("The glossary of CONTRIBUTING.md", () => {
    const phrases = forbidden(pageOf("CONTRIBUTING.md"));

    it("is kept by every page", () => {
        assert.deepEqual(
            pages.flatMap((page) => breaches(page, phrases)),
            [],
        );
    });

    it("finds what it forbids, in sentences, lists and tables, and not in code", () => {
        assert.ok(phrases.length > 40, `${phrases.length} phrases`);
        const found = phrases.flatMap((phrase) =>
            breaches(new Page("a.md", `- It ${phrase} well.\n`), [phrase]),
        );
        assert.equal(found.length, phrases.length);
        const page = new Page(
            "a.md",
            "| a |\n|---|\n| Made ANEW | \n\nRun `goes on`, a `proxy` follows.\n\n    mended\n",
        );
        assert.deepEqual(breaches(page, phrases), ["a.md: anew"]);
    });
});

/** The phrases in the second column of the glossary, each in code. */
function forbidden({ rows }: Page): string[] {
    const words = rows.slice(rows.findIndex(([say]) => say === "Say") + 1);
    return words.flatMap(([, not = ""]) => [...not.matchAll(/`([^`]+)`/g)].map(([, phrase]) => phrase!));
}

/** What a page has of these phrases outside of code. */
function breaches({ file, prose }: Page, phrases: string[]): string[] {
    const text = prose.join("\n").replaceAll(/\s+/g, " ");
    return phrases
        .filter((phrase) => new RegExp(`(?<![\\w-])${phrase}(?![\\w-])`, "i").test(text))
        .map((phrase) => `${file}: ${phrase}`);
}
