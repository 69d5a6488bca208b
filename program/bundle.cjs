"use strict";
/* global __dirname, __filename, console, module, process, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

const { spawnSync } = require("node:child_process");
const { createHash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { brotliDecompressSync } = require("node:zlib");

const { cacheDir } = require("./cache.cjs");

const checkout = path.join(__dirname, "..");

/** What is bundled: the Pulumi program, and the programs that its commands run. */
const programs = {
    program: "index.ts",
    verify: "verify/program.ts",
    matrix: "verify/matrixProgram.ts",
    reload: "verify/reloadProgram.ts",
};

/** What they are made of. */
const sources = [
    "index.ts",
    "debugMessages.ts",
    "config",
    "stacks",
    "components",
    "kube",
    "pki",
    "verify",
    "program",
    "Pulumi.yaml",
];

/** What a module reads from the checkout's files, it reads when the bundle is made. */
const evaluated = "config/declaredSettings.ts";

/** A file of its own, because it is larger than everything else and not every run loads it. */
const clientNode = "@kubernetes/client-node";

/**
 * A program as one file, made if there is none of these sources and packages.
 *
 * @param source its path from the checkout
 * @returns the file; undefined if it cannot be made, as in a folder that cannot be written to.
 */
function bundle(source) {
    const name = Object.keys(programs).find((each) => programs[each] === source);
    try {
        const file = path.join(bundlesFolder(), `${name}.cjs`);
        if (!fs.existsSync(file)) {
            // In a process of its own, because esbuild calls plugins only if nobody waits for it. Without the
            // environment, which holds the stack's secrets.
            spawnSync(process.execPath, [__filename], { env: {} });
        }
        return fs.existsSync(file) ? file : undefined;
    } catch {
        return undefined;
    }
}

/** Its name says what the bundles in it are made of. */
function bundlesFolder() {
    const hash = createHash("sha256").update(checkout);
    const installed = path.join("node_modules", ".package-lock.json");
    for (const file of [...sources.flatMap(filesIn), installed]) {
        const content = fs.readFileSync(path.join(checkout, file));
        hash.update(`\n${file} ${content.length}\n`).update(content);
    }
    return path.join(cacheDir, `bundles-${hash.digest("hex").slice(0, 16)}`);
}

function filesIn(source) {
    if (fs.statSync(path.join(checkout, source)).isFile()) {
        return [source];
    }
    const entries = fs.readdirSync(path.join(checkout, source), { recursive: true });
    return entries
        .filter((entry) => /\.(c?[jt]s|wasm\.br)$/.test(entry))
        .sort()
        .map((entry) => path.join(source, entry));
}

/**
 * Makes all of them. If several processes start at once, one makes them and the others run the sources: no process waits,
 * and none sees half of them, or any whose sources changed meanwhile.
 */
async function make() {
    const folder = bundlesFolder();
    const making = `${folder}-making`;
    fs.mkdirSync(cacheDir, { recursive: true });
    removeOld(folder);
    try {
        fs.mkdirSync(making);
    } catch {
        return;
    }
    const { build } = require("esbuild");
    const options = {
        outdir: making,
        outExtension: { ".js": ".cjs" },
        bundle: true,
        platform: "node",
        target: "node22",
        logLevel: "silent",
    };
    try {
        const imported = new Set();
        await build({
            ...options,
            absWorkingDir: checkout,
            entryPoints: programs,
            // The SDK runs the program.
            external: ["@pulumi/pulumi", "@pulumi/pulumi/*"],
            plugins: [ownFolders, apart(imported)],
            // Next to each, for stack traces.
            sourcemap: "external",
            sourcesContent: false,
        });
        unpackWasm(making);
        Object.keys(programs).forEach((name) => indexPlaces(path.join(making, `${name}.cjs.map`)));
        const exported = Object.keys(require(clientNode)).filter((name) => imported.has(name));
        const contents = `export { ${exported.join(", ")} } from "${clientNode}";`;
        await build({
            ...options,
            stdin: { contents, resolveDir: checkout },
            entryNames: "clientNode",
            // Half of it is white space and comments.
            minifyWhitespace: true,
        });
        if (bundlesFolder() === folder) {
            fs.renameSync(making, folder);
        }
    } finally {
        fs.rmSync(making, { recursive: true, force: true });
    }
}

/** In the project's files, what Node.js says about a file's place: in the bundle it would be the bundle's. */
const ownFolders = {
    name: "own folders",
    setup({ onLoad }) {
        onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
            if (file === path.join(checkout, evaluated)) {
                return { contents: JSON.stringify(exportsOf(file)), loader: "json" };
            }
            const places = { __dirname: path.dirname(file), __filename: file };
            const contents = fs
                .readFileSync(file, "utf8")
                .replace(/\b__(dirname|filename)\b/g, (name) => JSON.stringify(places[name]));
            return { contents, loader: "ts" };
        });
    },
};

/** What a module exports, which must be JSON. */
function exportsOf(file) {
    require("./typescript.cjs");
    return { ...require(file) };
}

/** Has all programs share the one file of client-node, and notes what they import of it, types among it. */
function apart(imported) {
    return {
        name: "apart",
        setup({ onResolve, onStart }) {
            onStart(() => {
                for (const file of sources.flatMap(filesIn)) {
                    const text = fs.readFileSync(path.join(checkout, file), "utf8");
                    for (const [, names] of text.matchAll(/\{([^}]*)\} from "@kubernetes\/client-node"/g)) {
                        names.match(/\w+/g).forEach((name) => imported.add(name));
                    }
                }
            });
            onResolve({ filter: /^@kubernetes\/client-node$/ }, () => ({
                path: "./clientNode.cjs",
                external: true,
            }));
        },
    };
}

/** Puts the programs in WebAssembly beside the bundles, unpacked, because each run would unpack them again. */
function unpackWasm(folder) {
    for (const file of sources.flatMap(filesIn).filter((each) => each.endsWith(".wasm.br"))) {
        const wasm = brotliDecompressSync(fs.readFileSync(path.join(checkout, file)));
        fs.writeFileSync(path.join(folder, path.basename(file, ".br")), wasm);
    }
}

/**
 * Makes an index of a source map, each line by itself: the SDK asks each run where the program makes its resources, and to parse the map
 * takes as long as to load the program. It has the project's own sources alone: in stack traces, what a package does is named by its
 * place in the bundle.
 */
function indexPlaces(file) {
    const { decode, encode } = require("@jridgewell/sourcemap-codec");
    const map = JSON.parse(fs.readFileSync(file, "utf8"));
    const sources = map.sources.map((source) => path.resolve(path.dirname(file), source));
    const own = ([, source]) => source !== undefined && !sources[source].includes(packages);
    const lines = decode(map.mappings).map((line) => encode([line.filter(own)]));
    fs.writeFileSync(file, JSON.stringify({ sources, lines }));
}

const packages = `${path.sep}node_modules${path.sep}`;

/** Bundles of other sources, once no running program can need them, and what a killed one has left. */
function removeOld(current) {
    for (const name of fs.readdirSync(cacheDir).filter((entry) => entry.startsWith("bundles-"))) {
        const folder = path.join(cacheDir, name);
        const minutes = (Date.now() - fs.statSync(folder).mtimeMs) / 60_000;
        if (name.endsWith("-making") ? minutes > 5 : folder !== current && minutes > 24 * 60) {
            fs.rmSync(folder, { recursive: true, force: true });
        }
    }
}

module.exports = { bundle, sources };

if (require.main === module) {
    make().catch((error) => {
        console.error(error.message);
        process.exitCode = 1;
    });
}
