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

/** The SDK, which runs the program. */
const sdk = ["@pulumi/pulumi", "@pulumi/pulumi/*"];

/** What runs as a bundle, by its source: the Pulumi program, and what its Commands run; each with what is left out. */
const entries = new Map(
    [
        // Its largest package, which few runs load, stays out.
        ["index.ts", { name: "program", external: [...sdk, "@kubernetes/client-node"] }],
        ["verify/main.ts", { name: "verification", external: sdk }],
        ["verify/reload.ts", { name: "reload", external: sdk }],
    ].map(([file, entry]) => [path.join(checkout, file), entry]),
);

/** What they are made of. */
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

/**
 * A program of this project as one file, made where there is none of these sources and packages.
 *
 * @param source - the program's file
 * @returns the bundle's path; undefined where there is none of this file, or it cannot be made, as in a folder that cannot be
 * written to.
 */
function bundle(source) {
    if (!entries.has(source)) {
        return undefined;
    }
    try {
        const file = bundleFile(source);
        // In a process of its own, since esbuild calls plugins only where nobody waits for it. Without the environment,
        // which holds the stack's secrets.
        const made =
            fs.existsSync(file) ||
            spawnSync(process.execPath, [__filename, source], { env: {} }).status === 0;
        return made && fs.existsSync(file) ? file : undefined;
    } catch {
        return undefined;
    }
}

/** Its name says what it is made of. */
function bundleFile(source) {
    const hash = createHash("sha256").update(checkout);
    const installed = path.join("node_modules", ".package-lock.json");
    for (const file of [...sources.flatMap(filesIn), installed]) {
        const content = fs.readFileSync(path.join(checkout, file));
        hash.update(`\n${file} ${content.length}\n`).update(content);
    }
    return path.join(cacheDir, `${entries.get(source).name}-${hash.digest("hex").slice(0, 16)}.cjs`);
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
async function make(source) {
    const file = bundleFile(source);
    if (fs.existsSync(file)) {
        return;
    }
    const { build } = require("esbuild");
    fs.mkdirSync(cacheDir, { recursive: true });
    const made = `${file}.${process.pid}`;
    await build({
        entryPoints: [source],
        outfile: made,
        bundle: true,
        external: entries.get(source).external,
        platform: "node",
        target: "node22",
        plugins: [ownFolders],
        // Beside it, read only for the stack trace of an error.
        sourcemap: "external",
        sourcesContent: false,
        logLevel: "silent",
    });
    if (bundleFile(source) === file) {
        fs.renameSync(`${made}.map`, `${file}.map`);
        fs.renameSync(made, file);
    }
    removeOld(entries.get(source).name, file);
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
function removeOld(name, current) {
    const dayAgo = Date.now() - 24 * 3600 * 1000;
    for (const entry of fs.readdirSync(cacheDir).filter((each) => each.startsWith(`${name}-`))) {
        const file = path.join(cacheDir, entry);
        if (!file.startsWith(current) && fs.statSync(file).mtimeMs < dayAgo) {
            fs.rmSync(file, { force: true });
        }
    }
}

module.exports = { bundle, cacheDir };

if (require.main === module) {
    make(process.argv[2]).catch((error) => {
        console.error(error.message);
        process.exitCode = 1;
    });
}
