import * as fs from "node:fs";
import * as path from "node:path";

const page = path.join(__dirname, "_index.md");

/** Where the program of a language is: a file, or the page that has it under the heading of the language. */
const sources: Record<string, { file: string; heading?: string }> = {
    typescript: { file: "../examples/ca-only/index.ts" },
    yaml: { file: "languages.md", heading: "YAML" },
    python: { file: "languages.md", heading: "Python" },
    go: { file: "languages.md", heading: "Go" },
};

/** What encloses the program of a language on a page of Pulumi's Registry. */
const choosable = /(\{\{% choosable language (\w+) %\}\}\n\n)[^]*?(\{\{% \/choosable %\}\})/g;

/** The page docs/_index.md as it is, and with the programs that its sources have. */
export function registryPage(): { current: string; generated: string } {
    const current = fs.readFileSync(page, "utf8");
    const generated = current.replaceAll(
        choosable,
        (_, begin: string, language: string, end: string) =>
            `${begin}\`\`\`${language}\n${program(language)}\`\`\`\n\n${end}`,
    );
    return { current, generated };
}

function program(language: string): string {
    const { file, heading } = sources[language]!;
    const text = fs.readFileSync(path.join(__dirname, file), "utf8");
    return heading === undefined
        ? text
        : new RegExp(`\n## ${heading}\n[^]*?\`\`\`\\w+\n([^]*?)\`\`\``).exec(text)![1]!;
}

if (require.main === module) {
    fs.writeFileSync(page, registryPage().generated);
}
