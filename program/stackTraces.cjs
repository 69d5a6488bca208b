"use strict";
/* global module, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

const fs = require("node:fs");
const { SourceMap } = require("node:module");
const path = require("node:path");

/** Where the SDK takes a stack trace of each promise, which it shows of those alone that are never settled. */
const ofPromises = path.join("@pulumi", "pulumi", "runtime", "debuggable.js");

/**
 * Makes stack traces name the sources of a bundle, and leaves other files as they are. The SDK takes a stack trace for
 * each resource and each promise; source-map-support, which it would use, takes a tenth of a preview for that.
 */
function nameSources(bundle) {
    let map;
    const written = (error, frames) => {
        const lines = frames.map((frame) => {
            if (frame.getFileName() !== bundle) {
                return `${frame}`;
            }
            map ??= new SourceMap(JSON.parse(fs.readFileSync(`${bundle}.map`, "utf8")));
            return inSource(frame, bundle, map);
        });
        return [Error.prototype.toString.call(error), ...lines.map((line) => `    at ${line}`)].join("\n");
    };
    Error.prepareStackTrace = (error, frames) =>
        frames[0]?.getFileName()?.endsWith(ofPromises)
            ? { toString: () => written(error, frames) }
            : written(error, frames);
}

function inSource(frame, bundle, map) {
    const [line, column] = [frame.getLineNumber(), frame.getColumnNumber()];
    const { fileName, lineNumber, columnNumber } = map.findOrigin(line, column);
    return fileName === undefined
        ? `${frame}`
        : `${frame}`.replace(
              `${bundle}:${line}:${column}`,
              `${path.resolve(path.dirname(bundle), fileName)}:${lineNumber}:${columnNumber}`,
          );
}

module.exports = { nameSources };
