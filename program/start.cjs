"use strict";
/* global __dirname, require */
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

const path = require("node:path");
const { bundle } = require("./bundle.cjs");
const { keepCompiledCode } = require("./cache.cjs");
const { deferSdk } = require("./deferred.cjs");
const { nameSources } = require("./stackTraces.cjs");

const program = path.join(__dirname, "..", "index.ts");

keepCompiledCode();
deferSdk();
nameSources();

/** The program as its bundle; without one, and anybody else's TypeScript, by typescript.cjs. */
require.extensions[".ts"] = (module, file) => {
    const bundled = file === program ? bundle("index.ts") : undefined;
    if (bundled) {
        nameSources(bundled);
        module.exports = require(bundled);
        return;
    }
    require("./typescript.cjs");
    require.extensions[".ts"](module, file);
};
