import * as fs from "node:fs";
import * as path from "node:path";
import { binDir, pulumiHome } from "../paths";
import type { PulumiCli } from "./installed";
import type { Part } from "./part";
import type { SystemCommands, SystemSearch } from "./systemCommands";
import type { Parts, Toolchain } from "./toolchainFiles";

/**
 * Where everything of a complete toolchain is.
 *
 * @param pulumi the machine's own Pulumi, if it serves
 * @param istioctl the machine's own istioctl, if it serves
 * @throws Error naming the commands that the machine lacks although their packages are installed
 */
export function locate(parts: Parts, system: SystemSearch, pulumi?: PulumiCli, istioctl?: string): Toolchain {
    if (system.missing.length > 0) {
        throw new Error(
            `The machine still lacks ${system.missing.join(", ")}, with ${system.packages.join(", ")} installed`,
        );
    }
    const kubernetes = (name: string) => program(parts.programs, name);
    const istio = (file: string) => path.join(parts.programs.folder, file);
    return {
        pulumi: pulumi ?? { path: program(parts.pulumi!, "pulumi"), home: pulumiHome, official: false },
        kubernetes: {
            apiserver: kubernetes("kube-apiserver"),
            controllerManager: kubernetes("kube-controller-manager"),
            scheduler: kubernetes("kube-scheduler"),
            kubelet: kubernetes("kubelet"),
            proxy: kubernetes("kube-proxy"),
            kubectl: kubernetes("kubectl"),
        },
        istio: {
            istioctl: istioctl ?? program(parts.programs, "istioctl"),
            pilotDiscovery: program(parts.programs, "pilot-discovery"),
            pilotAgent: program(parts.programs, "pilot-agent"),
            envoyBootstrap: istio("tools/packaging/common/envoy_bootstrap.json"),
            httpbin: istio("samples/httpbin/httpbin.yaml"),
            sleep: istio("samples/sleep/sleep.yaml"),
            sampleCerts: istio("samples/certs"),
            certsTool: istio("tools/certs"),
        },
        coredns: program(parts.programs, "coredns"),
        envoy: path.join(parts.envoy.folder, "envoy"),
        goHttpbin: program(parts.programs, "go-httpbin"),
        pause: program(parts.programs, "pause"),
        rootfs: parts.rootfs.folder,
        system: system.found as SystemCommands,
    };
}

/** Puts the tools that a user calls in `.local/bin`, if they exist. */
export function linkTools(tools: Record<"pulumi" | "kubectl" | "istioctl", string>): void {
    fs.mkdirSync(binDir, { recursive: true });
    for (const [name, target] of Object.entries(tools)) {
        const link = path.join(binDir, name);
        if (fs.existsSync(target) && !(fs.existsSync(link) && fs.readlinkSync(link) === target)) {
            fs.rmSync(link, { force: true });
            fs.symlinkSync(target, link);
        }
    }
}

function program(part: Part, name: string): string {
    return path.join(part.folder, "bin", name);
}
