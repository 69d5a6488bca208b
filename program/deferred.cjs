"use strict";
/* global module, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

const Module = require("node:module");

/** Modules whose exports the Pulumi SDK does not use while it loads: those of dynamic providers. */
const unused = new Set(["@npmcli/arborist", "normalize-package-data", "typescript"]);

/** Those from which it takes functions and classes one by one while it loads: those of tracing. */
const unusedFunctions = new Set([
    "@opentelemetry/exporter-zipkin",
    "@opentelemetry/instrumentation",
    "@opentelemetry/instrumentation-grpc",
    "@opentelemetry/resources",
    "@opentelemetry/sdk-trace-base",
    "@opentelemetry/sdk-trace-node",
]);

/** Makes the Pulumi SDK load these when it first uses them, and leave stack traces to {@link nameSources}. */
function deferSdk() {
    const load = Module._load;
    Module._load = (request, parent, isMain) => {
        const now = () => load(request, parent, isMain);
        if (!/[\\/]@pulumi[\\/]pulumi[\\/]/.test(parent?.filename ?? "")) {
            return now();
        }
        if (request === "source-map-support/register") {
            return {};
        }
        if (request.endsWith("/closure/v8Hooks") || request === "./v8Hooks") {
            return deferredHooks(now);
        }
        if (unusedFunctions.has(request)) {
            return new Proxy({}, { get: (_, name) => deferred(() => now()[name]) });
        }
        return unused.has(request) ? deferred(now) : now();
    };
}

/**
 * The SDK's session with Node.js's inspector, which has every script reported. Waiting until it is open waits
 * for nothing until somebody opens it.
 */
function deferredHooks(load) {
    const hooks = deferred(load);
    return new Proxy(
        {},
        { get: (_, name) => (name === "isInitializedAsync" ? async () => {} : hooks[name]) },
    );
}

/** Stands for what `load` returns, which is called when anything of it is used; as a module it is its own default. */
function deferred(load) {
    let loaded;
    const value = () => (loaded ??= load());
    return new Proxy(function () {}, {
        get: (_, name) =>
            name === "__esModule" ? true : (value()[name] ?? (name === "default" ? value() : undefined)),
        apply: (_, self, args) => Reflect.apply(value(), self, args),
        construct: (_, args) => Reflect.construct(value(), args),
    });
}

module.exports = { deferSdk };
