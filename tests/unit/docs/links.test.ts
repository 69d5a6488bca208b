import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { checkout, Page, pageOf, pages } from "./pages";

interface Manifest {
    files: string[];
}

/** The code of this project, which names pages in its messages. */
const sources =
    "{cli,components,config,kube,local,operations,pki,policy,report,review,stacks,verify}/**/*.ts";

describe("The pages", () => {
    it("link to files and headings that exist", () => {
        const broken = pages.flatMap((page) =>
            page.links
                .filter((link) => !/^[a-z]+:/.test(link) && !resolves(page.file, link))
                .map((link) => `${page.file}: ${link}`),
        );
        assert.deepEqual(broken, []);
    });

    it("are each linked from README.md", () => {
        const linked = pageOf("README.md").links.map((link) => link.split("#")[0]);
        const unlinked = pages.filter(({ file }) => /^docs\//.test(file) && !linked.includes(file));
        assert.deepEqual(
            unlinked.map(({ file }) => file),
            [],
        );
    });

    it("begin with README.md, of 150 lines at most", () => {
        const lines = pageOf("README.md").text.split("\n").length - 1;
        assert.ok(lines <= 150, `${lines} lines`);
    });

    it("name files of this project that exist", () => {
        const folders = fs
            .readdirSync(checkout)
            .filter((name) => !/^(\.local|\.git|node_modules|dist)$/.test(name));
        const named = pages.flatMap((page) =>
            page.inlineCode
                .filter((code) => isPath(code, folders))
                .map((code) => ({ file: page.file, code })),
        );
        assert.ok(named.length > 20, `${named.length} found`);
        const missing = named.filter(
            ({ code }) => fs.globSync(code.replace("<stack>", "*"), { cwd: checkout }).length === 0,
        );
        assert.deepEqual(missing, []);
    });

    it("are what messages refer to, by file and heading", () => {
        const packed = (JSON.parse(fs.readFileSync(path.join(checkout, "package.json"), "utf8")) as Manifest)
            .files;
        const named = fs.globSync(sources, { cwd: checkout }).flatMap((file) => {
            const text = fs.readFileSync(path.join(checkout, file), "utf8");
            return [
                ...[...text.matchAll(/\b(docs\/[\w-]+\.md(?:#[\w-]+)?)(?!#?\$)/g)].map(([, link]) => link!),
                ...[...text.matchAll(/"([^"\n]+)" in (README\.md|docs\/[\w-]+\.md)/g)].map(
                    ([, heading, page]) => `${page}#${heading!.toLowerCase().replaceAll(" ", "-")}`,
                ),
            ].map((link) => ({ file, link }));
        });
        assert.ok(named.length > 1, `${named.length} found`);
        assert.deepEqual(
            named.filter(({ link }) => !resolves("README.md", link)),
            [],
        );
        // The npm package has no others.
        assert.deepEqual(
            named.filter(({ link }) => !["README.md", ...packed].includes(link.split("#")[0]!)),
            [],
        );
    });
});

describe("A link", () => {
    it("resolves to a file, a folder or a heading, and to nothing else", () => {
        for (const link of ["docs/rules.md#no-ca", "docs/rules.md", "examples", "#try-it"]) {
            assert.ok(resolves("README.md", link), link);
        }
        for (const link of ["docs/rules.md#nosuch", "docs/nosuch.md", "#nosuch", "docs/settings.ts#nosuch"]) {
            assert.ok(!resolves("README.md", link), link);
        }
    });

    it("to a repeated heading has a number, as on GitHub", () => {
        assert.deepEqual(new Page("a.md", "# `One` & two\n\n## What?\n\n## What?\n").anchors, [
            "one--two",
            "what",
            "what-1",
        ]);
    });
});

function resolves(from: string, link: string): boolean {
    const [file, anchor] = link.split("#") as [string, string?];
    const target = file === "" ? from : path.join(path.dirname(from), file);
    return anchor === undefined
        ? fs.existsSync(path.join(checkout, target))
        : (pages.find((page) => page.file === target)?.anchors.includes(anchor) ?? false);
}

/** A path in one of these folders, and no address of something else. */
function isPath(code: string, folders: string[]): boolean {
    const [first, ...rest] = code.split("/");
    return (
        rest.length > 0 &&
        folders.includes(first!) &&
        /^[\w./<>-]+$/.test(code) &&
        !code.startsWith("docs/reference")
    );
}
