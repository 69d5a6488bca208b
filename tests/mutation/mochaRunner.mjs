import Module from "node:module";

/*
 * Stryker's runner for mocha, which asks for mocha's files without an extension: since mocha 12 they end in .cjs, which Node.js
 * does not try by itself.
 */
Module._extensions[".cjs"] ??= Module._extensions[".js"];

export const { strykerPlugins, strykerValidationSchema } = await import("@stryker-mutator/mocha-runner");
