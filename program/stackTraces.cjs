"use strict";
/* global module, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

const fs = require("node:fs");
const path = require("node:path");

/** Where the SDK takes a stack trace of each promise, which it shows of those alone that are never settled. */
const ofPromises = path.join("@pulumi", "pulumi", "runtime", "debuggable.js");

/**
 * Makes stack traces name the sources of a bundle, and leaves other files as they are. The SDK takes a stack trace for
 * each resource and each promise; source-map-support, which it would use, takes a tenth of a preview for that.
 */
function nameSources(bundle) {
    let places;
    const written = (error, frames) => {
        const lines = frames.map((frame) => {
            if (frame.getFileName() !== bundle) {
                return `${frame}`;
            }
            places ??= JSON.parse(fs.readFileSync(`${bundle}.map`, "utf8"));
            return inSource(frame, bundle, places);
        });
        return [Error.prototype.toString.call(error), ...lines.map((line) => `    at ${line}`)].join("\n");
    };
    Error.prepareStackTrace = (error, frames) =>
        frames[0]?.getFileName()?.endsWith(ofPromises)
            ? { toString: () => written(error, frames) }
            : written(error, frames);
}

/** @param places - the index that bundle.cjs makes of the source map */
function inSource(frame, bundle, { sources, lines }) {
    const { decode } = require("@jridgewell/sourcemap-codec");
    const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
    const [segments] = decode(lines[line - 1]);
    const origin = segments.findLast(([start]) => start < column);
    if (!origin) {
        return `${frame}`;
    }
    const [, source, sourceLine, sourceColumn] = origin;
    const place = `${sources[source]}:${sourceLine + 1}:${sourceColumn + 1}`;
    return `${frame}`.replace(`${bundle}:${line}:${column}`, place);
}

module.exports = { nameSources };
