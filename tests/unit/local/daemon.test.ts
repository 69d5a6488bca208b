import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { projectDir, typescript } from "../../../local/paths";
import { until } from "../../../local/clusters/until";
import { inTemporaryFolder } from "../support/temporary";

describe("A process of a cluster", function () {
    this.timeout("20s");

    /** Starts one that cannot join its cgroup yet, and returns what lets it, and what it has written. */
    async function starting(dir: string) {
        const file = (name: string) => path.join(dir, name);
        spawnSync("mkfifo", [file("procs")]);
        const script = `
            const { Daemon } = require("./local/clusters/daemon");
            const file = (...names) => [${JSON.stringify(dir)}, ...names].join("/");
            const cluster = { name: "c", cgroup: { procs: file("procs") }, path: file, log: () => file("log") };
            new Daemon(cluster, "daemon").start(["touch", file("ran")]);
            console.log("started");
            setInterval(() => {}, 1000);`;
        const caller = spawn(process.execPath, ["--require", typescript, "--eval", script], {
            cwd: projectDir,
        });
        await once(caller.stdout, "data");
        const pid = () => Number(fs.readFileSync(file("pids/daemon.pid"), "utf8").split(" ")[0]);
        const started = pid();
        const running = () => (fs.existsSync(`/proc/${started}/cwd`) ? "it runs" : undefined);
        const join = () => void fs.readFileSync(file("procs"));
        return { caller, join, running, ran: () => fs.existsSync(file("ran")) };
    }

    it("runs its command once it has joined the cluster's cgroup", () =>
        inTemporaryFolder(async (dir) => {
            const { caller, join, running, ran } = await starting(dir);
            assert.equal(ran(), false);
            join();
            await until("its end", running, { limit: 10_000 });
            assert.equal(ran(), true);
            caller.kill("SIGKILL");
            await once(caller, "exit");
        }));

    it("ends if the command that starts it was killed before", () =>
        inTemporaryFolder(async (dir) => {
            const { caller, join, running, ran } = await starting(dir);
            caller.kill("SIGKILL");
            await once(caller, "exit");
            assert.equal(running(), "it runs");
            join();
            await until("its end", running, { limit: 10_000 });
            assert.equal(ran(), false);
        }));
});
