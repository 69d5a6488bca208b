import * as fs from "node:fs";
import * as path from "node:path";
import { imagesDir, toolchainDir } from "../paths";
import { istioVersion } from "../toolchain/goPrograms";
import { definePart, type Part } from "../toolchain/part";
import type { Toolchain } from "../toolchain/toolchain";
import { OciArchive } from "./ociArchive";

/** Full names, with registry and tag. */
export interface ImageNames {
    pilot: string;
    proxyv2: string;
    httpbin: string;
    curl: string;
    /** containerd's `sandbox_image`. */
    pause: string;
}

/** What the images are made from. */
export type ImageSources = Pick<Toolchain, "envoy" | "goHttpbin" | "istio" | "pause" | "rootfs" | "system">;

/** The archive of all images, as a part that is built once. */
export function imagesPart(toolchain: ImageSources): Part {
    const { envoy, goHttpbin, istio, pause, rootfs } = toolchain;
    const names = imageNames(toolchain);
    return definePart({
        directory: imagesDir,
        name: "images",
        title: "Container images",
        expected: "10 seconds",
        inputs: [
            ...[envoy, goHttpbin, istio.pilotAgent, pause, rootfs].map((file) =>
                path.relative(toolchainDir, file),
            ),
            JSON.stringify(names),
        ],
        sources: [__filename, path.join(__dirname, "ociArchive.ts")],
        async build(folder) {
            const archive = new OciArchive(path.join(folder, "layout"));
            const layer = async (files: Record<string, string>) => {
                const tree = path.join(folder, "tree");
                for (const [target, source] of Object.entries(files)) {
                    fs.cpSync(source, path.join(tree, target));
                }
                const added = await archive.addLayer(tree);
                fs.rmSync(tree, { recursive: true });
                return added;
            };
            const base = await archive.addLayer(rootfs);
            archive.addImage([names.curl], [base], { Cmd: ["curl"], User: "65534:65534" });
            archive.addImage(
                [names.pilot],
                [base, await layer({ [programs.discovery]: istio.pilotDiscovery })],
                {
                    Entrypoint: [`/${programs.discovery}`],
                    User: "1337:1337",
                },
            );
            const proxy = {
                [programs.agent]: istio.pilotAgent,
                [programs.envoy]: envoy,
                [bootstrap]: istio.envoyBootstrap,
            };
            archive.addImage([names.proxyv2], [base, await layer(proxy)], {
                Entrypoint: [`/${programs.agent}`],
            });
            archive.addImage([names.httpbin], [await layer({ [programs.httpbin]: goHttpbin })], {
                Entrypoint: [`/${programs.httpbin}`],
                Env: patience,
            });
            archive.addImage([names.pause], [await layer({ pause })], {
                Entrypoint: ["/pause"],
                User: "65535:65535",
            });
            await archive.write(path.join(folder, "images.tar"));
        },
    });
}

/** Where Istio's charts and pilot-agent look for them. */
const programs = {
    discovery: "usr/local/bin/pilot-discovery",
    agent: "usr/local/bin/pilot-agent",
    envoy: "usr/local/bin/envoy",
    httpbin: "bin/go-httpbin",
};
/**
 * go-httpbin closes a connection that brings no request for one second, or for five after its last one, even if only
 * a busy machine keeps its proxy from sending one; that request fails. This one waits.
 */
const patience = ["SRV_READ_HEADER_TIMEOUT=0", "SRV_READ_TIMEOUT=0"];
const bootstrap = "var/lib/istio/envoy/envoy_bootstrap_tmpl.json";

/** The names of the images, as Istio's charts and samples ask for them. */
export function imageNames({ istio }: ImageSources): ImageNames {
    return {
        pilot: `docker.io/istio/pilot:${istioVersion}`,
        proxyv2: `docker.io/istio/proxyv2:${istioVersion}`,
        httpbin: imageIn(istio.httpbin),
        curl: imageIn(istio.sleep),
        pause: "registry.k8s.io/pause:3.10",
    };
}

/** The image that one of Istio's samples asks for. */
function imageIn(manifest: string): string {
    const image = /^\s*-?\s*image:\s*(\S+)/m.exec(fs.readFileSync(manifest, "utf8"))?.[1];
    if (!image) {
        throw new Error(`${manifest} names no image`);
    }
    return image;
}
