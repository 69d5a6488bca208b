#!/usr/bin/env node
"use strict";
/* global console, process, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

/*
 * The package's command `istio-plugin-ca`. Plain JavaScript for older Node.js, which can load none of the rest and would say so in
 * words that help nobody.
 */

const oldestNode = require("../package.json").engines.node.replace(">=", "");

const isOlder = process.versions.node.localeCompare(oldestNode, undefined, { numeric: true }) < 0;
if (isOlder) {
    console.error(
        `istio-plugin-ca needs Node.js ${oldestNode} or newer; this is ${process.version}. Install it: https://nodejs.org`,
    );
    process.exitCode = 1;
} else {
    require("node:module").enableCompileCache();
    void require("../dist/cli/main.js").run();
}
