"use strict";
/* global __dirname, module, process, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

const { enableCompileCache } = require("node:module");
const path = require("node:path");

/** Where npm packages keep what they can make again: git ignores it, and `npm ci` removes it. */
const cacheDir = path.join(__dirname, "..", "node_modules", ".cache", "istio-plugin-ca");

/** Has Node.js keep compiled code between runs. */
function keepCompiledCode() {
    if (!process.env["NODE_COMPILE_CACHE"]) {
        enableCompileCache(path.join(cacheDir, "compiled"));
    }
}

module.exports = { cacheDir, keepCompiledCode };
