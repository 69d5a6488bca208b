import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { promisify } from "node:util";
import { installPlugin, installPlugins } from "../../local/plugins/install";

describe("the installer of the stand-ins", function () {
    this.timeout(30_000);
    let dir: string;
    beforeEach(async () => (dir = await fs.mkdtemp(path.join(os.tmpdir(), "install-"))));
    afterEach(() => fs.rm(dir, { recursive: true }));

    it("installs once, and again if the launcher was made from other sources", async () => {
        const executable = path.join(dir, "resource-tls-v1", "pulumi-resource-tls");
        assert.equal(await installPlugin("tls", executable), true);
        assert.equal(await installPlugin("tls", executable), false);
        const launcher = await fs.readFile(executable, "utf8");
        await fs.writeFile(executable, launcher.replace(/[0-9a-f]{64}/, "0".repeat(64)));
        assert.equal(await installPlugin("tls", executable), true);
        assert.equal(await fs.readFile(executable, "utf8"), launcher);
    });

    it("leaves an official plugin alone", async () => {
        const executable = path.join(dir, "pulumi-language-nodejs");
        await fs.writeFile(executable, "the official one");
        assert.equal(await installPlugin("nodejs", executable), false);
        assert.deepEqual(await fs.readdir(dir), ["pulumi-language-nodejs"]);
    });

    it("has Pulumi keep no logs, also where it has kept some", async () => {
        const [pulumi, home] = [path.join(dir, "pulumi"), path.join(dir, "home")];
        await fs.writeFile(pulumi, "");
        await fs.mkdir(path.join(home, "logs", "pulumi-1.log"), { recursive: true });
        for (const time of ["first", "second"]) {
            await installPlugins({ pulumi, home });
            assert.ok((await fs.stat(path.join(home, "logs"))).isFile(), time);
        }
    });

    it("starts without a Node.js on PATH, from a folder with blanks and quotes in its name", async () => {
        const executable = path.join(dir, "it's a folder", "pulumi-resource-command");
        await installPlugin("command", executable);
        const child = promisify(execFile)(executable, { env: { PATH: "/nowhere" } });
        const port = await new Promise<string>((resolve) => child.child.stdout!.once("data", resolve));
        child.child.kill("SIGINT");
        await child.catch(() => undefined);
        assert.match(port, /^\d+\n$/);
    });
});
