import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { brotliCompressSync } from "node:zlib";
import { execa } from "execa";
import { localDir, projectDir as checkout } from "../../../local/paths";

describe("The program's start", function () {
    this.timeout("60s");

    it("makes one bundle, even if several start at once, and another after a change", () =>
        inCopy(async (copy) => {
            const starts = await Promise.all([1, 2, 3].map(() => copy.run()));
            starts.forEach(({ stdout }) => assert.match(stdout, /^one from the (bundle|sources)$/));
            assert.equal((await copy.run()).stdout, "one from the bundle");
            const first = copy.bundles();
            assert.equal(first.length, 1, "and nothing half made");

            copy.write("pki/word.ts", `export const word: string = "two";`);
            assert.equal((await copy.run()).stdout, "two from the bundle");
            assert.equal(copy.bundles().length, 2);
            assert.ok(first.every((file) => copy.bundles().includes(file)));
        }));

    it("makes another after npm has installed other packages", () =>
        inCopy(async (copy) => {
            await copy.run();
            copy.write("node_modules/.package-lock.json", "{}");
            await copy.run();
            assert.equal(copy.bundles().length, 2);
        }));

    it("removes bundles that nothing has used for a day", () =>
        inCopy(async (copy) => {
            await copy.run();
            for (const file of copy.bundles()) {
                fs.utimesSync(path.join(copy.cache, file), 0, 0);
            }
            copy.write("pki/word.ts", `export const word = "two";`);
            await copy.run();
            assert.equal(copy.bundles().length, 1);
        }));

    it("makes another if the process that made one was killed", () =>
        inCopy(async (copy) => {
            await copy.run();
            const [made] = copy.bundles();
            const making = path.join(copy.cache, `${made}-making`);
            fs.renameSync(path.join(copy.cache, made!), making);
            assert.equal((await copy.run()).stdout, "one from the sources");
            fs.utimesSync(making, 0, 0);
            assert.equal((await copy.run()).stdout, "one from the bundle");
            assert.deepEqual(copy.bundles(), [made]);
        }));

    it("runs the sources if no bundle can be made", () =>
        inCopy(async (copy) => {
            copy.write("node_modules/.cache", "not a folder");
            assert.equal((await copy.run()).stdout, "one from the sources");
        }));

    it("keeps the JavaScript of the sources until they change, also if several start at once or it was cut off", () =>
        inCopy(async (copy) => {
            copy.esbuild(`throw new Error("no bundle")`);
            const allSay = async (word: string) => {
                const runs = await Promise.all([1, 2, 3].map(() => copy.run()));
                assert.deepEqual(
                    runs.map(({ stdout }) => stdout),
                    Array(3).fill(`${word} from the sources`),
                );
            };
            const kept = () => {
                const folder = path.join(copy.cache, "typescript");
                return fs.readdirSync(folder).map((name) => path.join(folder, name));
            };
            await allSay("one");
            assert.equal(kept().length, 2, kept().join());
            for (const file of kept()) {
                fs.writeFileSync(file, fs.readFileSync(file, "utf8").replace('"one"', '"kept"'));
            }
            await allSay("kept");
            copy.write("pki/word.ts", `export const word = "two" as string;`);
            await allSay("two");
            kept().forEach((file) => fs.truncateSync(file, 20));
            await allSay("two");
            assert.equal(kept().length, 2, kept().join());
        }));

    it("runs the sources that changed while a bundle was made", () =>
        inCopy(async (copy) => {
            copy.esbuild(
                `require("node:fs").writeFileSync(${JSON.stringify(copy.file("pki/word.ts"))}, 'export const word = "two";')`,
            );
            assert.equal((await copy.run()).stdout, "two from the sources");
            assert.deepEqual(copy.bundles(), []);
        }));

    it("keeps the stack's secrets from what makes the bundle", () =>
        inCopy(async (copy) => {
            const seen = copy.file("environment");
            copy.esbuild(
                `require("node:fs").writeFileSync(${JSON.stringify(seen)}, JSON.stringify(process.env))`,
            );
            await copy.run({ PULUMI_CONFIG: "secret", PULUMI_CONFIG_PASSPHRASE: "secret" });
            assert.deepEqual(JSON.parse(fs.readFileSync(seen, "utf8")), {});
        }));

    it("names the sources in stack traces", () =>
        inCopy(async (copy) => {
            copy.write(
                "pki/word.ts",
                `interface Word {\n    text: string;\n}\nexport function word(): Word {\n    throw new Error("as planned");\n}`,
            );
            copy.write(
                "index.ts",
                `import { word } from "./pki/word";\nexport = () => {\n    console.log(word());\n};`,
            );
            const { stderr, exitCode } = await copy.run();
            assert.notEqual(exitCode, 0);
            assert.match(stderr, /^Error: as planned$/m);
            assert.ok(stderr.includes(`(${copy.file("pki/word.ts")}:5:11)`), stderr);
            assert.ok(stderr.includes(`${copy.file("index.ts")}:3:17`), stderr);
            assert.doesNotMatch(stderr, /^ *at .*bundles-/m);
        }));

    it("names the bundle where a package's code runs, and reads a map of the project's own sources alone", () =>
        inCopy(async (copy) => {
            const folder = copy.file("node_modules/thrower");
            fs.mkdirSync(folder);
            copy.write(
                "node_modules/thrower/index.js",
                `exports.run = (action) => {\n    action();\n};\n${"exports.more = () => 1;\n".repeat(1000)}`,
            );
            copy.write(
                "index.ts",
                `import { run } from "thrower";
                 export = () => run(() => {
                     throw new Error("as planned");
                 });`,
            );
            const { stderr } = await copy.run();
            assert.ok(stderr.includes(`${copy.file("index.ts")}:3:28`), stderr);
            assert.match(stderr, /^ *at .*run \(.*bundles-.*program\.cjs:\d+:\d+\)/m);
            const map = path.join(copy.cache, copy.bundles()[0]!, "program.cjs.map");
            const { lines } = JSON.parse(fs.readFileSync(map, "utf8")) as { lines: string[] };
            assert.ok(lines.join("").length < 500, lines.join(";"));
        }));

    it("writes the SDK's trace of a promise only when it is shown, and names the sources in it", () =>
        inCopy(async (copy) => {
            copy.write(
                "index.ts",
                `import { debuggablePromise } from "@pulumi/pulumi/runtime/debuggable";
                 export = () => {
                     const promise: Promise<void> & { _debugStackTrace?: unknown } = Promise.resolve();
                     void debuggablePromise(promise);
                     const { _debugStackTrace: trace } = promise;
                     console.log(typeof trace);
                     console.log(\`\${trace}\`);
                 };`,
            );
            const { stdout } = await copy.run();
            assert.match(stdout, /^object\nError\n {4}at debuggablePromise /);
            assert.ok(stdout.includes(`${copy.file("index.ts")}:4:`), stdout);
        }));

    it("shows the program where its own files are", () =>
        inCopy(async (copy) => {
            copy.write("pki/word.ts", `export const word = [__dirname, __filename].join();`);
            const { stdout } = await copy.run();
            assert.equal(stdout, `${copy.file("pki")},${copy.file("pki/word.ts")} from the bundle`);
        }));

    it("reads the declared settings when it makes the bundle, and makes another when they change", () =>
        inCopy(async (copy) => {
            for (const file of ["config/declaredSettings.ts", "config/yaml.ts"]) {
                fs.copyFileSync(path.join(checkout, file), copy.file(file));
            }
            copy.write(
                "index.ts",
                `import { declaredSettings } from "./config/declaredSettings";
                 export = () => console.log(declaredSettings.join(), Object.keys(require.cache).some((file) => /[/]yaml[/]/.test(file)));`,
            );
            copy.write("Pulumi.yaml", "config:\n    role:\n        type: string\n    clusters: {}\n");
            assert.equal((await copy.run()).stdout, "role,clusters false");
            copy.write("Pulumi.yaml", "config: { other: {} }\n");
            assert.equal((await copy.run()).stdout, "other false");
            assert.equal(copy.bundles().length, 2);
        }));

    it("unpacks the programs in WebAssembly beside the bundle, and makes another when one changes", () =>
        inCopy(async (copy) => {
            copy.write(
                "pki/word.ts",
                `import * as fs from "node:fs";
                 import * as path from "node:path";
                 export const word = fs.readFileSync(path.join(path.dirname(module.filename), "small.wasm"), "utf8");`,
            );
            for (const text of ["one", "two"]) {
                fs.writeFileSync(copy.file("pki/small.wasm.br"), brotliCompressSync(text));
                assert.equal((await copy.run()).stdout, `${text} from the bundle`);
            }
        }));

    it("has the programs of commands bundled too, with all that they import of client-node", () =>
        inCopy(async (copy) => {
            fs.rmSync(copy.file("node_modules/@kubernetes"), { recursive: true });
            fs.symlinkSync(
                path.join(checkout, "node_modules/@kubernetes"),
                copy.file("node_modules/@kubernetes"),
            );
            copy.write(
                "verify/program.ts",
                `import type { V1Node } from "@kubernetes/client-node";
                 import { ConfigurationOptions, KubeConfig,
                     V1Pod as Pod } from "@kubernetes/client-node";
                 console.log(typeof new KubeConfig(), typeof new Pod(), Object.keys(require.cache).some((file) => file.endsWith("clientNode.cjs")));`,
            );
            for (const file of ["verify/main.ts", "verify/start.ts"]) {
                fs.copyFileSync(path.join(checkout, file), copy.file(file));
            }
            const command = ["--require", "./program/typescript.cjs", "verify/main.ts"];
            const { stdout, stderr } = await execa(process.execPath, command, {
                cwd: copy.file(""),
                reject: false,
            });
            assert.equal(stdout, "object object true", stderr);
        }));

    it("loads what dynamic providers and tracing need when it is used", () =>
        inCopy(async (copy) => {
            copy.write(
                "index.ts",
                `import * as pulumi from "@pulumi/pulumi";
                 import "@pulumi/pulumi/cmd/run/tracing";
                 const loaded = () => ["/typescript/", "/arborist/", "/sdk-trace-base/", "/source-map-support/", "/v8Hooks"]
                     .filter((name) => Object.keys(require.cache).some((file) => file.includes(name)));
                 export = async () => {
                     console.log(JSON.stringify(loaded()));
                     const seven = 7;
                     const { text } = await pulumi.runtime.serializeFunction(() => seven);
                     console.log(text.includes("seven: 7"));
                     console.log((await pulumi.runtime.computeCodePaths()).size > 0);
                     const { start, stop } = require("@pulumi/pulumi/cmd/run/tracing");
                     start("http://127.0.0.1:9/");
                     stop();
                     console.log(JSON.stringify(loaded()));
                 };`,
            );
            const { stdout, stderr } = await copy.run();
            assert.deepEqual(
                stdout.split("\n"),
                ["[]", "true", "true", `["/typescript/","/arborist/","/sdk-trace-base/","/v8Hooks"]`],
                stderr,
            );
        }));
});

/** A separate checkout with the packages of this one, in which it is. Its program prints a word and what it runs from. */
class Copy {
    constructor(private readonly dir: string) {
        for (const folder of ["config", "stacks", "components", "kube", "pki", "verify", "node_modules"]) {
            fs.mkdirSync(this.file(folder));
        }
        fs.cpSync(path.join(checkout, "program"), this.file("program"), { recursive: true });
        fs.symlinkSync("../program", this.file("node_modules/istio-plugin-ca-start"));
        fs.copyFileSync(path.join(checkout, "package.json"), this.file("package.json"));
        this.write(
            "node_modules/.package-lock.json",
            fs.readFileSync(path.join(checkout, "node_modules", ".package-lock.json"), "utf8"),
        );
        // The real one takes seconds to bundle.
        fs.mkdirSync(this.file("node_modules/@kubernetes/client-node"), { recursive: true });
        this.write("node_modules/@kubernetes/client-node/index.js", "exports.V1Pod = class {};");
        this.write("debugMessages.ts", "");
        this.write("Pulumi.yaml", "");
        this.write(
            "verify/program.ts",
            `import { V1Pod } from "@kubernetes/client-node"; console.log(new V1Pod());`,
        );
        this.write("verify/matrixProgram.ts", "");
        this.write("verify/reloadProgram.ts", "");
        this.write("pki/word.ts", `export const word: string = "one";`);
        this.write(
            "index.ts",
            `import { word } from "./pki/word";
             export = () => {
                 const bundled = Object.keys(require.cache).some((file) => /bundles-[0-9a-f]+/.test(file));
                 console.log(word, bundled ? "from the bundle" : "from the sources");
             };`,
        );
    }

    get cache(): string {
        return this.file("node_modules/.cache/istio-plugin-ca");
    }

    file(name: string): string {
        return path.join(this.dir, name);
    }

    write(name: string, text: string): void {
        fs.writeFileSync(this.file(name), text);
    }

    bundles(): string[] {
        const entries = fs.existsSync(this.cache) ? fs.readdirSync(this.cache) : [];
        return entries.filter((entry) => entry.startsWith("bundles-"));
    }

    /** Has esbuild do something first. */
    esbuild(statement: string): void {
        fs.mkdirSync(this.file("node_modules/esbuild"));
        const real = JSON.stringify(path.join(checkout, "node_modules", "esbuild"));
        this.write("node_modules/esbuild/index.js", `${statement};\nmodule.exports = require(${real});`);
    }

    /** Starts the program as the language host does, and runs what it exports. */
    async run(env: Record<string, string> = {}) {
        const start = ["--require", "istio-plugin-ca-start", "--eval", runAsPulumi, "@pulumi/pulumi/cmd/run"];
        return execa(process.execPath, start, { cwd: this.dir, env, reject: false });
    }
}

/** As the SDK does: from a separate file. */
const runAsPulumi = `
    const sdk = require("node:module").createRequire(require.resolve("@pulumi/pulumi/cmd/run"));
    const program = sdk(require("node:path").resolve("index.ts"));
    program();
`;

async function inCopy(action: (copy: Copy) => Promise<void>): Promise<void> {
    fs.mkdirSync(localDir, { recursive: true });
    const dir = fs.mkdtempSync(path.join(localDir, "program-start-"));
    try {
        await action(new Copy(dir));
    } finally {
        fs.rmSync(dir, { recursive: true });
    }
}
