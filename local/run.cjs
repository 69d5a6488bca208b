"use strict";
/* global __dirname, console, process, require */
/* eslint @typescript-eslint/no-require-imports: "off" */

/*
 * How every npm script of this project starts: `node local/run.cjs FILE.ts ARGUMENTS…`, or with the name of an npm package's
 * program in place of a file: `node local/run.cjs mocha ARGUMENTS…`.
 *
 * It installs the npm packages when they are missing or not those of package-lock.json, and runs the program on a Node.js that
 * is recent enough: this one, or the one that comes as an npm package. Plain JavaScript for older Node.js, without packages.
 */

const { spawn, spawnSync } = require("node:child_process");
const fs = require("node:fs");
const path = require("node:path");

const projectDir = path.resolve(__dirname, "..");
const nodeModules = path.join(projectDir, "node_modules");

/** The oldest Node.js that runs @pulumi/pulumi and the other packages. */
const oldestNode = [22, 13];

function main([program, ...args]) {
    if (!program) {
        fail("Usage: node local/run.cjs FILE.ts|PROGRAM [ARGUMENT…]");
    }
    if (!isInstalled()) {
        install();
    }
    const node = findNode();
    if (!node) {
        fail(
            `Node.js ${oldestNode.join(".")} or newer is needed; this is ${process.version}, and the npm package with a ` +
                `newer one is not installed (it is optional, and there for Linux on x64 and arm64 only). ` +
                `Install Node.js 22 (https://nodejs.org) and try again.`,
        );
    }
    const typescript = path.join(projectDir, "program", "typescript.cjs");
    run(node, ["--require", typescript, programFile(program), ...args]);
}

/** Whether node_modules is what package-lock.json says; npm notes in it what it put there. */
function isInstalled() {
    const wanted = readPackages(path.join(projectDir, "package-lock.json"));
    const found = readPackages(path.join(nodeModules, ".package-lock.json"));
    return Object.entries(wanted).every(([location, { version, integrity, optional, devOptional }]) => {
        const installed = found[location];
        if (!installed) {
            return location === "" || optional || devOptional;
        }
        return installed.version === version && installed.integrity === integrity;
    });
}

function readPackages(file) {
    return fs.existsSync(file) ? JSON.parse(fs.readFileSync(file, "utf8")).packages : {};
}

function install() {
    console.log("Installing the npm packages of package-lock.json (npm ci) …");
    const { status, error } = spawnSync("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"], {
        cwd: projectDir,
        env: { ...process.env, npm_config_loglevel: "error" },
        stdio: "inherit",
    });
    if (error || status !== 0) {
        fail(`npm ci failed (${error ? error.message : `status ${status}`}); nothing was run.`);
    }
}

/** A Node.js that is recent enough: this one, or that of the npm package. */
function findNode() {
    const [major, minor] = process.versions.node.split(".").map(Number);
    if (major > oldestNode[0] || (major === oldestNode[0] && minor >= oldestNode[1])) {
        return process.execPath;
    }
    const packaged = path.join(nodeModules, `node-${process.platform}-${process.arch}`, "bin", "node");
    return fs.existsSync(packaged) ? packaged : undefined;
}

/** A file of this project, or the program of an npm package. */
function programFile(program) {
    return /\.[cm]?[jt]s$/.test(program)
        ? path.resolve(projectDir, program)
        : path.join(nodeModules, ".bin", program);
}

/** Runs the program as if it were this process: its signals, its status. */
function run(node, args) {
    const child = spawn(node, args, { env: environment(node), stdio: "inherit" });
    const forward = (signal) => {
        // Ctrl-C reaches the child from the terminal; a second one would make many programs give up their cleaning up.
        if (signal !== "SIGINT" || !process.stdin.isTTY) {
            child.kill(signal);
        }
    };
    const signals = ["SIGINT", "SIGTERM", "SIGHUP"];
    signals.forEach((signal) => process.on(signal, forward));
    child.on("error", (error) => fail(`${node} could not be started: ${error.message}`));
    child.on("exit", (status, signal) => {
        signals.forEach((name) => process.off(name, forward));
        if (signal) {
            process.kill(process.pid, signal);
        } else {
            process.exit(status);
        }
    });
}

/** This Node.js and the project's tools first; nothing of the npm that may have started this process. */
function environment(node) {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !/^npm_/.test(name)));
    const folders = [
        path.dirname(node),
        path.join(projectDir, ".local", "bin"),
        path.join(nodeModules, ".bin"),
    ];
    return { ...env, PATH: [...folders, env.PATH].join(path.delimiter) };
}

function fail(message) {
    console.error(message);
    process.exit(1);
}

main(process.argv.slice(2));
