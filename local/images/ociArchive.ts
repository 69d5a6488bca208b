import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { pipeline } from "node:stream/promises";
import { capture } from "../toolchain/run";

/** A layer, ready in the archive. Its one digest serves as diff ID too: it is not compressed. */
export interface Layer {
    digest: string;
    size: number;
}

/** What a container of an image runs. */
export interface ContainerConfig {
    Entrypoint?: string[];
    Cmd?: string[];
    Env?: string[];
    /** `uid:gid`; root by default. */
    User?: string;
    WorkingDir?: string;
}

const media = {
    index: "application/vnd.oci.image.index.v1+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    config: "application/vnd.oci.image.config.v1+json",
    layer: "application/vnd.oci.image.layer.v1.tar",
};

/**
 * One archive with any number of images (an OCI image layout in a tar file), as `ctr images import` reads it. Layers are
 * stored once however many images use them, and uncompressed, so that the import only copies.
 */
export class OciArchive {
    private readonly manifests: object[] = [];

    /** @param folder an empty folder, where the layout is put together */
    constructor(private readonly folder: string) {
        fs.mkdirSync(path.join(folder, "blobs", "sha256"), { recursive: true });
    }

    /** Adds a layer with all that lies in a folder, owned by root. */
    async addLayer(tree: string): Promise<Layer> {
        const file = path.join(this.folder, "layer.tar");
        await capture("tar", [...reproducible, "-C", tree, "-cf", file, ...fs.readdirSync(tree).sort()]);
        const digest = await sha256(file);
        fs.renameSync(file, this.blobPath(digest));
        return { digest, size: fs.statSync(this.blobPath(digest)).size };
    }

    /** Adds an image of these layers, lowest first, under one or more full names such as `docker.io/istio/pilot:1.31.0`. */
    addImage(names: readonly string[], layers: readonly Layer[], config: ContainerConfig): void {
        const configuration = this.addJson(media.config, {
            architecture: process.arch === "x64" ? "amd64" : process.arch,
            os: "linux",
            config,
            rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.digest) },
        });
        const manifest = this.addJson(media.manifest, {
            schemaVersion: 2,
            mediaType: media.manifest,
            config: configuration,
            layers: layers.map((layer) => ({ mediaType: media.layer, ...layer })),
        });
        for (const name of names) {
            this.manifests.push({ ...manifest, annotations: { "io.containerd.image.name": name } });
        }
    }

    /** Writes the archive and removes what it was put together from. */
    async write(file: string): Promise<void> {
        const index = { schemaVersion: 2, mediaType: media.index, manifests: this.manifests };
        fs.writeFileSync(path.join(this.folder, "index.json"), JSON.stringify(index));
        fs.writeFileSync(
            path.join(this.folder, "oci-layout"),
            JSON.stringify({ imageLayoutVersion: "1.0.0" }),
        );
        await capture("tar", [
            ...reproducible,
            "-C",
            this.folder,
            "-cf",
            file,
            "oci-layout",
            "index.json",
            "blobs",
        ]);
        fs.rmSync(this.folder, { recursive: true });
    }

    private addJson(mediaType: string, value: object): object {
        const content = JSON.stringify(value);
        const digest = `sha256:${createHash("sha256").update(content).digest("hex")}`;
        fs.writeFileSync(this.blobPath(digest), content);
        return { mediaType, digest, size: Buffer.byteLength(content) };
    }

    private blobPath(digest: string): string {
        return path.join(this.folder, "blobs", ...digest.split(":"));
    }
}

/** The same files give the same bytes, wherever and whenever. */
const reproducible = [
    "--sort=name",
    "--mtime=@0",
    "--owner=0",
    "--group=0",
    "--numeric-owner",
    "--format=gnu",
];

async function sha256(file: string): Promise<string> {
    const hash = createHash("sha256");
    await pipeline(fs.createReadStream(file, { highWaterMark: 1 << 20 }), hash);
    return `sha256:${hash.digest("hex")}`;
}
