"use strict";
/* global __dirname, __filename, console, module, process, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");

const checkout = path.join(__dirname, "..");

/** Where npm packages keep what they can make again: git ignores it, and `npm ci` removes it. */
const cacheDir = path.join(checkout, "node_modules", ".cache", "istio-plugin-ca");

/** The Pulumi program, and what it is made of. */
const program = path.join(checkout, "index.ts");
const sources = [
    "index.ts",
    "debugMessages.ts",
    "config",
    "stacks",
    "components",
    "pki",
    "verify",
    "program",
];

/** Left out: the SDK, which runs the program, and the largest package, which few runs load. */
const external = ["@pulumi/pulumi", "@pulumi/pulumi/*", "@kubernetes/client-node"];

/**
 * The program as one file, made where there is none of these sources and packages.
 *
 * @returns its path; undefined where it cannot be made, as in a folder that cannot be written to.
 */
function bundle() {
    try {
        const file = bundleFile();
        // In a process of its own, since esbuild calls plugins only where nobody waits for it. Without the environment,
        // which holds the stack's secrets.
        const made =
            fs.existsSync(file) || spawnSync(process.execPath, [__filename], { env: {} }).status === 0;
        return made && fs.existsSync(file) ? file : undefined;
    } catch {
        return undefined;
    }
}

/** Its name says what it is made of. */
function bundleFile() {
    const hash = createHash("sha256").update(checkout);
    const installed = path.join("node_modules", ".package-lock.json");
    for (const file of [...sources.flatMap(filesIn), installed]) {
        const content = fs.readFileSync(path.join(checkout, file));
        hash.update(`\n${file} ${content.length}\n`).update(content);
    }
    return path.join(cacheDir, `program-${hash.digest("hex").slice(0, 16)}.cjs`);
}

function filesIn(source) {
    if (fs.statSync(path.join(checkout, source)).isFile()) {
        return [source];
    }
    const entries = fs.readdirSync(path.join(checkout, source), { recursive: true });
    return entries
        .filter((entry) => /\.c?[jt]s$/.test(entry))
        .sort()
        .map((entry) => path.join(source, entry));
}

/** Makes it. Several processes may do so at once: nobody sees half a file, nor one of sources that changed meanwhile. */
async function make() {
    const file = bundleFile();
    if (fs.existsSync(file)) {
        return;
    }
    const { build } = require("esbuild");
    fs.mkdirSync(cacheDir, { recursive: true });
    const made = `${file}.${process.pid}`;
    await build({
        entryPoints: [program],
        outfile: made,
        bundle: true,
        external,
        platform: "node",
        target: "node22",
        plugins: [ownFolders],
        // Beside it, read only for the stack trace of an error.
        sourcemap: "external",
        sourcesContent: false,
        logLevel: "silent",
    });
    if (bundleFile() === file) {
        fs.renameSync(`${made}.map`, `${file}.map`);
        fs.renameSync(made, file);
    }
    removeOld(file);
}

/** In the project's files, what Node.js says of a file's place: in the bundle it would be the bundle's. */
const ownFolders = {
    name: "own folders",
    setup({ onLoad }) {
        onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
            const text = fs.readFileSync(file, "utf8");
            const places = { __dirname: path.dirname(file), __filename: file };
            const contents = text.replace(/\b__(dirname|filename)\b/g, (name) =>
                JSON.stringify(places[name]),
            );
            return { contents, loader: "ts" };
        });
    },
};

/** Bundles of other sources, once no running program can want them. */
function removeOld(current) {
    const dayAgo = Date.now() - 24 * 3600 * 1000;
    for (const name of fs.readdirSync(cacheDir).filter((entry) => entry.startsWith("program-"))) {
        const file = path.join(cacheDir, name);
        if (!file.startsWith(current) && fs.statSync(file).mtimeMs < dayAgo) {
            fs.rmSync(file, { force: true });
        }
    }
}

module.exports = { bundle, cacheDir, program };

if (require.main === module) {
    make().catch((error) => {
        console.error(error.message);
        process.exitCode = 1;
    });
}
