import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { exitStatuses } from "../../../cli/exitStatus";
import { program } from "../../../cli/main";
import { checkout, Page, pageOf, pages } from "./pages";

const { scripts } = JSON.parse(read("package.json")) as { scripts: Record<string, string> };
const { config } = settingsOf("Pulumi.yaml");

/** Options of other programs that the pages name by themselves. */
const others = [
    "--clusters",
    "--debug",
    "--help",
    "--logtostderr",
    "--pin",
    "--policy-pack-config",
    "--refresh",
    "--set",
    "--target",
];

/** Names of Kubernetes, X.509, npm, @pulumi/tls and of the policies' settings. */
const otherNames = [
    ...["preStop", "basicConstraints", "keyUsage", "devDependencies", "earlyRenewalHours"],
    ...["maxPathLength", "workloadLifetimeHours"],
    // A setting of an earlier version, and an output.
    ...["formerCa", "inputsDigest"],
    // Of the Pulumi Kubernetes Operator.
    ...["destroyOnFinalize", "accessToken"],
    // Of webhooks, in examples/argo-cd.
    ...["caBundle", "failurePolicy"],
];

/** The arguments and outputs of the components. */
const members = fs
    .globSync("components/*.ts", { cwd: checkout })
    .flatMap((file) =>
        [...read(file).matchAll(/^ {4}(?:readonly )?(\w+)\??: .*;$/gm)].map(([, name]) => name!),
    );

describe("What the pages have the reader type", () => {
    it("are npm scripts that exist", () => {
        const named = found(
            /npm (?:run )?(?:--silent )?(start|stop|test(?!\w)|(?<=run (?:--silent )?)[\w:-]+)/g,
        );
        assert.ok(named.length > 50, `${named.length} found`);
        assert.deepEqual(
            named.filter(({ name }) => !(name in scripts)),
            [],
        );
    });

    it("are settings that Pulumi.yaml declares", () => {
        // With a namespace before it, it is another package's.
        const named = found(/config (?:set|rm) (?:--(?:secret|path) )*'?(\w+)(?![\w:])/g);
        assert.ok(named.length > 15, `${named.length} found`);
        assert.deepEqual(
            named.filter(({ file, name }) => {
                const manifest = path.join(path.dirname(file), "Pulumi.yaml");
                return !(
                    name in
                    (fs.existsSync(path.join(checkout, manifest)) ? settingsOf(manifest).config : config)
                );
            }),
            [],
        );
    });

    it("are settings, or arguments of components, even if a page names them alone", () => {
        const camelCase = /^[a-z]+([A-Z][a-z]+)+$/;
        const names = pages.flatMap(({ file, inlineCode }) =>
            inlineCode.filter((code) => camelCase.test(code)).map((name) => ({ file, name })),
        );
        assert.ok(names.length > 50, `${names.length} found`);
        assert.deepEqual(
            names.filter(({ name }) => !(name in config) && ![...otherNames, ...members].includes(name)),
            [],
        );
    });

    it("are options that the commands have", () => {
        const options = commandOptions();
        assert.ok(options["verify"]!.includes("--project") && options["verify"]!.includes("--limit"));
        const named = pages.flatMap((page) => page.code.flatMap((code) => typedOptions(code)));
        assert.ok(named.length > 10, `${named.length} found`);
        assert.deepEqual(
            named.filter(({ script, option }) => script in options && !options[script]!.includes(option)),
            [],
        );
        const known = new Set([...Object.values(options).flat(), ...others]);
        const alone = pages.flatMap(({ file, inlineCode }) =>
            inlineCode
                .filter((code) => /^--\w/.test(code))
                .map((code) => ({ file, option: code.split(/[ =]/)[0]! })),
        );
        assert.deepEqual(
            alone.filter(({ option }) => !known.has(option)),
            [],
        );
    });

    it("are environment variables that the commands read", () => {
        const source = fs.globSync("{cli,operations}/**/*.ts", { cwd: checkout }).map(read).join("\n");
        const named = found(/\b(ISTIO_PLUGIN_CA_\w+)/g);
        assert.deepEqual(
            named.filter(({ name }) => !source.includes(`"${name}"`)),
            [],
        );
    });

    it("is found in blocks and in lines, and judged by its command", () => {
        const { code } = new Page(
            "a.md",
            "Run `npm run up -- --nosuch`, `npx istio-plugin-ca sign --none`:\n\n    npm run verify -- one --json > --no # --comment\n",
        );
        assert.deepEqual(code.flatMap(typedOptions), [
            { script: "verify", option: "--json" },
            { script: "up", option: "--nosuch" },
            { script: "sign", option: "--none" },
        ]);
    });
});

describe("docs/commands.md", () => {
    it("names every npm script that people run", () => {
        const internal = ["prepare"];
        const { inlineCode } = pageOf("docs/commands.md");
        const missing = Object.keys(scripts).filter(
            (script) =>
                !internal.includes(script) &&
                !inlineCode.some((code) => new RegExp(`^npm (run )?${script}(?![\\w:])`).test(code)),
        );
        assert.deepEqual(missing, []);
    });
});

describe("docs/commands.md on exit statuses", () => {
    it("says of each command what its help does, and of the others what theirs does", () => {
        const rows = pageOf("docs/commands.md").rows.filter((cells) => cells.length === 4);
        const told = rows.slice(1).flatMap(([names, ...meanings]) => {
            const cells = meanings.filter((meaning) => meaning !== "");
            return [...names!.matchAll(/npm run (\w+)|(all others)/g)].map(
                ([, name = "all others"]) => [name, cells] as const,
            );
        });
        const page = new Map(told);
        const others = page.get("all others");
        for (const name of program.commands.map((command) => command.name())) {
            assert.deepEqual(page.get(name) ?? others, exitStatuses(name), name);
        }
        assert.ok(page.size >= 7);
    });
});

describe("The help of a command", () => {
    it("has examples, whose options it has", () => {
        const options = commandOptions();
        for (const command of program.commands) {
            const name = command.name();
            let help = "";
            command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
            const examples = help.split("\n").filter((line) => line.startsWith("  npm run "));
            assert.ok(examples.length > 0, name);
            for (const example of examples) {
                assert.match(example, new RegExp(`npm run (--silent )?${name}( |$)`));
                const unknown = typedOptions(example).filter(
                    ({ option }) => !options[name]!.includes(option),
                );
                assert.deepEqual(unknown, []);
            }
        }
    });
});

describe("README.md", () => {
    it("requires the versions that the programs are checked for", () => {
        const { engines, version } = JSON.parse(read("package.json")) as {
            engines: { node: string };
            version: string;
        };
        const pulumi = /oldestPulumi = "(\d+\.\d+)/.exec(read("operations/project/tools.ts"))![1]!;
        const istio = /oldestIstio = "(\d+\.\d+)/.exec(read("components/istioInstall.ts"))![1]!;
        const kubectl = /kubectl: {\s+oldest: "(\d+\.\d+)/.exec(read("operations/project/tools.ts"))![1]!;
        const node = engines.node.replace(">=", "");
        for (const file of ["README.md", "docs/your-own-clusters.md"]) {
            const text = pageOf(file).text.replaceAll(/\s+/g, " ");
            for (const wanted of [
                `[Pulumi CLI](https://www.pulumi.com/docs/install/) ${pulumi} or newer`,
                `Node.js ${node} or newer`,
                `\`istioctl\` ${istio} or newer`,
                `\`kubectl\` ${kubectl} or newer`,
            ]) {
                assert.ok(text.includes(wanted), `${file}: ${wanted}`);
            }
        }
        const readme = pageOf("README.md").text;
        for (const badge of [
            `istio-%E2%89%A5${istio}-`,
            `pulumi-%E2%89%A5${pulumi}-`,
            `node.js-%E2%89%A5${node}-`,
        ]) {
            assert.ok(readme.includes(badge), badge);
        }
        assert.ok(readme.includes(`istio-plugin-ca-${version}.tgz`), version);
    });
});

/** The settings of a project, those of this one or of an example. */
function settingsOf(manifest: string): { config: Record<string, unknown> } {
    return parse(read(manifest)) as { config: Record<string, unknown> };
}

function read(file: string): string {
    return fs.readFileSync(path.join(checkout, file), "utf8");
}

/** What a pattern's group finds in the code of the pages. */
function found(pattern: RegExp): { file: string; name: string }[] {
    return pages.flatMap(({ file, code }) =>
        code.flatMap((text) => [...text.matchAll(pattern)].map(([, name]) => ({ file, name: name! }))),
    );
}

/** The options that a line gives to an npm script or to the package's command, up to a comment or the next command. */
function typedOptions(line: string): { script: string; option: string }[] {
    const command = /(?:npm run (?:--silent )?([\w:-]+) --|npx istio-plugin-ca ([\w-]+)) ([^#>|&;]*)/;
    const [, script = "", packed = script, args = ""] = command.exec(line) ?? [];
    return [...args.matchAll(/(?<=^|\s)(--[\w-]+)/g)].map(([, option]) => ({
        script: packed,
        option: option!,
    }));
}

/** The options of each command, by its npm script. */
function commandOptions(): Record<string, readonly string[]> {
    const commands = program.commands.map(
        (command) => [command.name(), ["--help", ...command.options.map(({ long }) => long!)]] as const,
    );
    const [, ofStart] = /new Option\("(--[\w-]+)/.exec(read("local/start.ts"))!;
    return { ...Object.fromEntries(commands), start: ["--help", ofStart!] };
}
