import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { logsDir } from "../../../local/paths";
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
            /^Error: no-such-command could not run \(spawn no-such-command ENOENT\)/,
        );
    });

    it("fails when a signal ended it", async () => {
        await assert.rejects(
            runLogged("sh", ["-c", "kill -TERM $$"], { log }),
            /^Error: sh -c ended by SIGTERM/,
        );
    });
});
