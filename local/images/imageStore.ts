import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { setTimeout } from "node:timers/promises";
import { imagesDir } from "../paths";
import { definePart, type Part } from "../toolchain/part";
import { capture, runLogged, spawnTied } from "../toolchain/run";
import type { SystemCommands } from "../toolchain/systemCommands";

const socket = "containerd.sock";

/**
 * A containerd root that already holds the images, imported and unpacked, as a part that is built once: importing takes
 * seconds, linking what was imported takes none. It belongs to the version of containerd that wrote it.
 */
export async function imageStorePart(archive: string, { containerd, ctr }: SystemCommands): Promise<Part> {
    return definePart({
        directory: imagesDir,
        name: "store",
        title: "Import of the container images",
        expected: "10 seconds",
        inputs: [path.relative(imagesDir, archive), await capture(containerd, ["--version"])],
        sources: [__filename],
        async build(folder) {
            const server = await startContainerd(containerd, ctr, folder);
            try {
                const args = ["--address", socket, "--namespace", "k8s.io", "images", "import", archive];
                await runLogged(ctr, args, { log: "images", cwd: folder });
            } finally {
                const ended = once(server, "exit");
                server.kill();
                await ended;
            }
        },
    });
}

/**
 * Makes a containerd root that holds the images, for a containerd that has not been started yet. Files are shared with the
 * store as hard links, which is safe because containerd and overlayfs never write to what is imported; its databases,
 * which it does write to, are copied. Does nothing if the root is there.
 *
 * @param store `Images.store`
 * @param root containerd's `root`, on the same file system
 */
export async function seedImageStore(store: string, root: string): Promise<void> {
    if (fs.existsSync(root)) {
        return;
    }
    const unfinished = `${root}.tmp`;
    fs.rmSync(unfinished, { recursive: true, force: true });
    fs.mkdirSync(path.dirname(root), { recursive: true });
    await capture("cp", ["--archive", "--link", store, unfinished]);
    for (const plugin of fs.readdirSync(store)) {
        for (const database of fs
            .readdirSync(path.join(store, plugin))
            .filter((file) => file.endsWith(".db"))) {
            fs.rmSync(path.join(unfinished, plugin, database));
            fs.copyFileSync(path.join(store, plugin, database), path.join(unfinished, plugin, database));
        }
    }
    fs.renameSync(unfinished, root);
}

/** A containerd without the CRI plugin, which serves this folder alone. Its socket's name is relative: a path may be too long for one. */
async function startContainerd(containerd: string, ctr: string, folder: string): Promise<ChildProcess> {
    const config = path.join(folder, "config.toml");
    fs.writeFileSync(config, configuration(folder));
    const log = path.join(folder, "containerd.log");
    const output = fs.openSync(log, "w");
    const server = spawnTied(containerd, ["--config", config], {
        cwd: folder,
        stdio: ["ignore", output, output],
    });
    fs.closeSync(output);
    for (const deadline = Date.now() + 20_000; ; await setTimeout(50)) {
        const answer = await capture(ctr, ["--address", socket, "version"], { cwd: folder }).catch(
            () => undefined,
        );
        if (answer) {
            return server;
        }
        if (Date.now() > deadline || server.exitCode !== null) {
            server.kill();
            throw new Error(
                `containerd, which was to import the images, does not answer:\n${fs.readFileSync(log, "utf8")}`,
            );
        }
    }
}

function configuration(folder: string): string {
    return [
        "version = 2",
        `root = ${JSON.stringify(path.join(folder, "root"))}`,
        `state = ${JSON.stringify(path.join(folder, "state"))}`,
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]',
        "[grpc]",
        `  address = "${socket}"`,
    ].join("\n");
}
