"use strict";
/* global __dirname, process, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

/*
 * What Node.js loads before the Pulumi program (`nodeargs` in Pulumi.yaml). It makes each `preview` and `up` cost less:
 *
 * - compiled code is kept between runs,
 * - of the Pulumi SDK, what only dynamic providers and tracing need is loaded on first use,
 * - the program runs as one bundle, made at its first start. If none can be made, it runs from its sources.
 *
 * Plain JavaScript, because TypeScript needs a loader.
 */

const { enableCompileCache } = require("node:module");
const path = require("node:path");
const { bundle, cacheDir } = require("./bundle.cjs");
const { deferSdk } = require("./deferred.cjs");
const { nameSources } = require("./stackTraces.cjs");

const program = path.join(__dirname, "..", "index.ts");

if (!process.env["NODE_COMPILE_CACHE"]) {
    enableCompileCache(path.join(cacheDir, "compiled"));
}
deferSdk();
nameSources();

const loadTypeScript = require.extensions[".ts"];

/** The program as its bundle; without one, and anybody else's TypeScript, by Sucrase. */
require.extensions[".ts"] = (module, file) => {
    const bundled = file === program ? bundle("index.ts") : undefined;
    if (bundled) {
        nameSources(bundled);
        module.exports = require(bundled);
        return;
    }
    require.extensions[".ts"] = loadTypeScript;
    require("sucrase/register/ts");
    require.extensions[".ts"](module, file);
};
