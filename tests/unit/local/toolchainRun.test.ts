import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";
import { logsDir, projectDir, typescript } from "../../../local/paths";
import { runLogged } from "../../../local/toolchain/run";

describe("A logged command", () => {
    const log = `unit-test-${process.pid}`;
    const file = path.join(logsDir, `${log}.log`);
    afterEach(() => fs.rmSync(file, { force: true }));

    it("leaves all that it printed in its log", async () => {
        await runLogged("sh", ["-c", "echo out; echo err >&2; echo $GREETING"], {
            log,
            env: { GREETING: "hi" },
        });
        assert.equal(
            fs.readFileSync(file, "utf8"),
            "$ sh -c echo out; echo err >&2; echo $GREETING\nout\nerr\nhi\n",
        );
    });

    it("fails with its last lines and the place of its log", async () => {
        await assert.rejects(runLogged("sh", ["-c", "seq 100; exit 3"], { log }), {
            message: [
                "sh -c ended with status 3. Its last lines:",
                ...Array.from({ length: 15 }, (_, i) => `    ${86 + i}`),
                `The whole log: .local/logs/${log}.log`,
            ].join("\n"),
        });
    });

    it("fails when there is no such command", async () => {
        await assert.rejects(
            runLogged("no-such-command", [], { log }),
            /^Error: no-such-command ended with status 127\. Its last lines:\n.*\n.*failed to execute no-such-command: No such file/,
        );
    });

    it("does not outlive its caller", async () => {
        const script = `require("./local/toolchain/run").runLogged("sleep", ["1000"], { log: "${log}" })`;
        const caller = spawn(process.execPath, ["--require", typescript, "--eval", script], {
            cwd: projectDir,
        });
        const children = () =>
            fs.readFileSync(`/proc/${caller.pid}/task/${caller.pid}/children`, "utf8").split(" ");
        const name = (pid: string) => pid && fs.readFileSync(`/proc/${pid}/comm`, "utf8").trim();
        const sleep = () => children().find((pid) => name(pid) === "sleep");
        await until("the command runs", () => sleep() !== undefined);
        const pid = sleep();
        caller.kill("SIGKILL");
        await until("the command ends", () => !fs.existsSync(`/proc/${pid}`));
    });

    it("fails when a signal ended it", async () => {
        await assert.rejects(
            runLogged("sh", ["-c", "kill -TERM $$"], { log }),
            /^Error: sh -c was ended by SIGTERM/,
        );
    });
});

/** Waits for something that happens soon. */
async function until(what: string, condition: () => boolean): Promise<void> {
    for (const deadline = Date.now() + 8_000; !condition(); await setTimeout(10)) {
        assert.ok(Date.now() < deadline, `${what}, at last`);
    }
}
