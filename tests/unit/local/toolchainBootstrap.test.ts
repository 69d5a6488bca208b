import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectDir } from "../../../local/paths";
import { inTemporaryFolder } from "../support/temporary";

describe("The start of every npm script, run.cjs", () => {
    /** A project with our packages, and the script `program.ts`. */
    const project = (folder: string, script: string) => {
        fs.mkdirSync(path.join(folder, "local"));
        fs.copyFileSync(path.join(projectDir, "local", "run.cjs"), path.join(folder, "local", "run.cjs"));
        fs.cpSync(path.join(projectDir, "program"), path.join(folder, "program"), { recursive: true });
        fs.copyFileSync(path.join(projectDir, "package-lock.json"), path.join(folder, "package-lock.json"));
        fs.symlinkSync(path.join(projectDir, "node_modules"), path.join(folder, "node_modules"));
        fs.writeFileSync(path.join(folder, "program.ts"), script);
    };
    const start = (folder: string, args: string[], env: NodeJS.ProcessEnv = {}) =>
        spawnSync(process.execPath, ["local/run.cjs", ...args], {
            cwd: folder,
            encoding: "utf8",
            env: { ...process.env, ...env },
        });

    it("runs a TypeScript file with its arguments and exits with its status", () => {
        inTemporaryFolder((folder) => {
            project(folder, "console.log(process.argv.slice(2) satisfies string[]); process.exit(7);");
            const { status, stdout, stderr } = start(folder, ["program.ts", "--flag", "a b"]);
            assert.deepEqual([stdout, stderr, status], ["[ '--flag', 'a b' ]\n", "", 7]);
        });
    });

    it("runs a program of an npm package", () => {
        inTemporaryFolder((folder) => {
            project(folder, "");
            const { stdout, status } = start(folder, ["tsc", "--version"]);
            assert.match(stdout, /^Version 5\./);
            assert.equal(status, 0);
        });
    });

    it("puts its Node.js and the project's tools first on PATH and drops npm's settings", () => {
        inTemporaryFolder((folder) => {
            project(folder, "console.log(JSON.stringify(process.env));");
            const { stdout } = start(folder, ["program.ts"], {
                npm_config_prefix: "/elsewhere",
                PATH: "/bin",
            });
            const env = JSON.parse(stdout) as Record<string, string>;
            const real = fs.realpathSync(folder);
            const folders = [
                path.dirname(process.execPath),
                `${real}/.local/bin`,
                `${real}/node_modules/.bin`,
                "/bin",
            ];
            assert.equal(env.PATH, folders.join(":"));
            assert.deepEqual(
                Object.keys(env).filter((name) => name.startsWith("npm_")),
                [],
            );
        });
    });

    it("passes signals on", async () => {
        await inTemporaryFolder(async (folder) => {
            project(
                folder,
                `process.on("SIGTERM", () => process.exit(9));
                 setInterval(() => undefined, 1_000);
                 console.log("ready");`,
            );
            const child = spawn(process.execPath, ["local/run.cjs", "program.ts"], { cwd: folder });
            await once(child.stdout, "data");
            child.kill("SIGTERM");
            assert.deepEqual(await once(child, "exit"), [9, null]);
        });
    });

    it("installs missing packages of package-lock.json, and runs nothing if that fails", () => {
        inTemporaryFolder((folder) => {
            project(folder, "console.log('ran');");
            const lock = JSON.parse(fs.readFileSync(path.join(folder, "package-lock.json"), "utf8")) as {
                packages: Record<string, { version: string }>;
            };
            lock.packages["node_modules/left-out"] = { version: "1.0.0" };
            fs.writeFileSync(path.join(folder, "package-lock.json"), JSON.stringify(lock));
            const npm = '#!/bin/sh\necho "called npm $*"\necho "npm error: no network" >&2\nexit 1\n';
            fs.writeFileSync(path.join(folder, "npm"), npm, { mode: 0o755 });
            const { stdout, stderr, status } = start(folder, ["program.ts"], { PATH: `${folder}:/bin` });
            assert.equal(
                stdout,
                "Installing the npm packages of package-lock.json (npm ci) …\n" +
                    "called npm ci --ignore-scripts --no-audit --no-fund\n",
            );
            assert.equal(stderr, "npm error: no network\nnpm ci failed (status 1); nothing was run.\n");
            assert.equal(status, 1);
        });
    });
});
