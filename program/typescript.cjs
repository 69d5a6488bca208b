"use strict";
/* global __dirname, process, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

/*
 * What Node.js loads before a program of this checkout: `node --require ./program/typescript.cjs FILE.ts`. It loads TypeScript by
 * Sucrase, and keeps the JavaScript of a file until the file changes: otherwise a command spends half of its start on that.
 * Lines keep their numbers, so no source map is needed.
 */

const { hash } = require("node:crypto");
const fs = require("node:fs");
const path = require("node:path");
const { version } = require("sucrase/package.json");
const { cacheDir, keepCompiledCode } = require("./cache.cjs");

const checkout = path.join(__dirname, "..");

const folder = path.join(cacheDir, "typescript");

const options = { transforms: ["imports", "typescript"] };

keepCompiledCode();

require.extensions[".ts"] = (module, file) => {
    module._compile(javaScript(file, fs.readFileSync(file, "utf8")), file);
};

/** The JavaScript of a file. Its last line says what it was made of. */
function javaScript(file, typeScript) {
    const kept = path.join(folder, `${hash("sha256", path.relative(checkout, file))}.js`);
    const origin = `\n// ${hash("sha256", JSON.stringify([version, options, typeScript]))}`;
    const before = read(kept);
    if (before?.endsWith(origin)) {
        return before;
    }
    const { transform } = require("sucrase");
    const { code } = transform(typeScript, { ...options, filePath: file });
    keep(kept, code + origin);
    return code;
}

function read(file) {
    try {
        return fs.readFileSync(file, "utf8");
    } catch {
        return undefined;
    }
}

/** Writes a file as a whole, because others may write or read it at the same time. */
function keep(file, text) {
    const whole = `${file}.${process.pid}`;
    try {
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(whole, text);
        fs.renameSync(whole, file);
    } catch {
        // In a folder that cannot be written to, the next start does the work again.
    }
}
