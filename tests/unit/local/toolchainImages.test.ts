import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { OciArchive } from "../../../local/images/ociArchive";
import { inTemporaryFolder } from "../support/temporary";

interface Descriptor {
    mediaType: string;
    digest: string;
    size: number;
    annotations?: Record<string, string>;
}

describe("An archive of container images", () => {
    const build = async (folder: string) => {
        const tree = path.join(folder, "tree");
        fs.mkdirSync(path.join(tree, "bin"), { recursive: true });
        fs.writeFileSync(path.join(tree, "bin", "tool"), "tool", { mode: 0o755 });
        const archive = new OciArchive(path.join(folder, "layout"));
        const base = await archive.addLayer(tree);
        fs.writeFileSync(path.join(tree, "bin", "other"), "other", { mode: 0o755 });
        const top = await archive.addLayer(tree);
        archive.addImage(["registry.test/tool:1"], [base], { Entrypoint: ["/bin/tool"] });
        archive.addImage(["registry.test/other:2"], [base, top], {
            Entrypoint: ["/bin/other"],
            User: "1337:1337",
        });
        const file = path.join(folder, "images.tar");
        await archive.write(file);
        return file;
    };

    it("holds every image under its name, with correct digests, and each layer once", async () => {
        await inTemporaryFolder(async (folder) => {
            const file = await build(folder);
            const layout = path.join(folder, "read");
            fs.mkdirSync(layout);
            execFileSync("tar", ["-C", layout, "-xf", file]);
            const blob = ({ digest, size }: Descriptor) => {
                const content = fs.readFileSync(path.join(layout, "blobs", ...digest.split(":")));
                assert.equal(digest, `sha256:${createHash("sha256").update(content).digest("hex")}`);
                assert.equal(content.length, size);
                return content;
            };
            const json = <T>(descriptor: Descriptor) => JSON.parse(blob(descriptor).toString()) as T;
            const index = JSON.parse(fs.readFileSync(path.join(layout, "index.json"), "utf8")) as {
                manifests: Descriptor[];
            };
            const images = index.manifests.map((descriptor) => {
                const manifest = json<{ config: Descriptor; layers: Descriptor[] }>(descriptor);
                const config = json<{ config: object; rootfs: { diff_ids: string[] } }>(manifest.config);
                manifest.layers.forEach(blob);
                assert.deepEqual(
                    config.rootfs.diff_ids,
                    manifest.layers.map(({ digest }) => digest),
                );
                return [
                    descriptor.annotations?.["io.containerd.image.name"],
                    manifest.layers.length,
                    config.config,
                ];
            });
            assert.deepEqual(images, [
                ["registry.test/tool:1", 1, { Entrypoint: ["/bin/tool"] }],
                ["registry.test/other:2", 2, { Entrypoint: ["/bin/other"], User: "1337:1337" }],
            ]);
            const blobs = fs.readdirSync(path.join(layout, "blobs", "sha256"));
            assert.equal(blobs.length, 2 + 2 * images.length);
        });
    });

    it("has the same bytes when it is built again", async () => {
        const made: string[] = [];
        for (let i = 0; i < 2; i++) {
            await inTemporaryFolder(async (folder) => {
                made.push(fs.readFileSync(await build(folder), "base64"));
            });
        }
        assert.equal(made[0], made[1]);
    });
});
