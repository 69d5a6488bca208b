import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { registryPage } from "../../../docs/registry";
import { type Manifest, metadata } from "../../../plugin/metadata";
import { checkout, pageOf } from "./pages";

const pages = ["docs/_index.md", "docs/installation-configuration.md"];
const manifest = JSON.parse(fs.readFileSync(path.join(checkout, "package.json"), "utf8")) as Manifest;

describe("The pages for Pulumi's Registry", () => {
    it("have the front matter that it reads", () => {
        for (const file of pages) {
            const [, front] = /^---\n([^]*?)\n---\n/.exec(pageOf(file).text)!;
            const { title, meta_desc, layout, ...rest } = parse(front!) as Record<string, string>;
            assert.match(title!, /^Istio Plugin CA/);
            assert.ok(meta_desc!.length <= 160, meta_desc);
            assert.equal(layout, "package");
            assert.deepEqual(rest, {});
        }
    });

    it("link to nothing beside them, which is not there on its site", () => {
        for (const file of pages) {
            assert.deepEqual(
                pageOf(file).links.filter((link) => !link.startsWith("https://")),
                [],
            );
        }
    });

    it("name this version", () => {
        const { text } = pageOf("docs/installation-configuration.md");
        assert.ok(text.includes(`/istio-plugin-ca@v${manifest.version}\n`));
    });

    it("show the programs that are tested", () => {
        const { current, generated } = registryPage();
        assert.equal(current, generated, "Run `npm run docs:registry`.");
        const [, languages] = /\{\{< chooser language "([\w,]+)" >\}\}/.exec(current)!;
        const shown = [...current.matchAll(/\{\{% choosable language (\w+) %\}\}/g)];
        assert.deepEqual(
            shown.map(([, language]) => language),
            languages!.split(","),
        );
        const tested = pageOf("docs/languages.md").text.matchAll(/^## (\w+)\n\n```/gm);
        assert.deepEqual(
            shown.map(([, language]) => language).sort(),
            ["typescript", ...[...tested].map(([, language]) => language!.toLowerCase())].sort(),
        );
        assert.match(current, /```typescript\nimport \* as ca from "istio-plugin-ca";\n/);
    });
});

describe("The logo", () => {
    const file = (name: string) => fs.readFileSync(path.join(checkout, "docs", name));

    it("is small, and drawn for light and for dark pages", () => {
        const svg = file("logo.svg").toString();
        assert.ok(svg.length < 2048, `${svg.length} bytes`);
        assert.match(svg, /prefers-color-scheme: dark/);
        assert.doesNotMatch(svg, /<script|href=/);
    });

    it("is also a PNG of 100 by 100, as the Registry wants it", () => {
        const png = file("logo.png");
        assert.deepEqual([png.readUInt32BE(16), png.readUInt32BE(20)], [100, 100]);
    });
});

describe("The metadata of the schema", () => {
    it("says what package.json says, with a category of the Registry", () => {
        const stated = metadata(manifest) as Manifest & { displayName: string };
        assert.equal(stated.displayName, "Istio Plugin CA");
        for (const keyword of ["pulumi", "kubernetes", "category/infrastructure", "kind/component"]) {
            assert.ok(stated.keywords.includes(keyword), keyword);
        }
        assert.ok(stated.description.length > 20);
        assert.equal("homepage" in stated, manifest.repository !== undefined);
    });

    it("names repository, publisher and logo once a release has set the repository", () => {
        const repository = { url: "git+https://github.com/me/istio-plugin-ca.git" };
        const { keywords, description, ...stated } = metadata({ ...manifest, repository }) as Manifest;
        assert.deepEqual(stated, {
            displayName: "Istio Plugin CA",
            license: "Apache-2.0",
            publisher: "me",
            homepage: "https://github.com/me/istio-plugin-ca",
            repository: "https://github.com/me/istio-plugin-ca",
            logoUrl: `https://raw.githubusercontent.com/me/istio-plugin-ca/v${manifest.version}/docs/logo.png`,
        });
        assert.ok(keywords.length > 5 && description !== "");
    });
});
