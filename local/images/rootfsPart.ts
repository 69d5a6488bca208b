import * as fs from "node:fs";
import * as path from "node:path";
import { toolchainDir } from "../paths";
import { definePart, type Part } from "../toolchain/part";
import { runLogged } from "../toolchain/run";

/** A release of a Linux distribution, as os-release(5) names it. */
export interface Release {
    /** `debian` or `ubuntu` */
    id: string;
    /** `bookworm` */
    codename: string;
}

const packages = [
    "base-files",
    "bash",
    "ca-certificates",
    "coreutils",
    "curl",
    "dash",
    "grep",
    "iproute2",
    "iptables",
    "openssl",
];

const libraries = `usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`;

/** What no container of ours reads. */
const unused = ["usr/share/doc", "usr/share/info", "usr/share/locale", "usr/share/man", `${libraries}/gconv`];

/** istio-proxy is what istiod and the sidecars run as. */
const accounts = {
    passwd: ["root:x:0:0:root:/root:/bin/bash", "nobody:x:65534:65534:nobody:/nonexistent:/bin/false"],
    group: ["root:x:0:", "nogroup:x:65534:"],
};
const istioProxy = {
    passwd: "istio-proxy:x:1337:1337::/home/istio-proxy:/bin/bash",
    group: "istio-proxy:x:1337:",
};

/**
 * The files that the images share: glibc, shells, iptables, openssl and curl of this machine's Debian (or Ubuntu)
 * release, unpacked without running the packages' scripts.
 */
export function rootfsPart(release: Release): Part {
    return definePart({
        directory: toolchainDir,
        name: "rootfs",
        title: "Files of the container images",
        expected: "20 seconds",
        inputs: [release.id, release.codename, process.arch],
        sources: [__filename],
        async build(folder) {
            await runLogged("mmdebstrap", mmdebstrapArgs(release, folder), { log: "rootfs" });
            finish(folder);
        },
    });
}

function mmdebstrapArgs({ codename }: Release, folder: string): string[] {
    const sources = aptSources();
    return [
        "--mode=root",
        "--variant=extract",
        "--format=directory",
        "--hook-dir=/usr/share/mmdebstrap/hooks/merged-usr",
        `--include=${packages.join(",")}`,
        sources.length > 0 ? "" : codename,
        folder,
        ...sources,
    ];
}

/** The machine's own sources of its distribution, so that its mirrors count; none if it names them elsewhere. */
function aptSources(): string[] {
    const files = ["sources.list.d/debian.sources", "sources.list.d/ubuntu.sources", "sources.list"];
    const found = files.map((file) => path.join("/etc/apt", file));
    return found
        .filter((file) => fs.existsSync(file) && /^(deb |Types:)/m.test(fs.readFileSync(file, "utf8")))
        .slice(0, 1);
}

/** Does by hand the little of the packages' scripts that counts. */
function finish(rootfs: string): void {
    for (const folder of unused) {
        fs.rmSync(path.join(rootfs, folder), { recursive: true, force: true });
    }
    for (const file of ["passwd", "group"] as const) {
        fs.writeFileSync(
            path.join(rootfs, "etc", file),
            [...accounts[file], istioProxy[file], ""].join("\n"),
        );
    }
    for (const command of ["iptables", "ip6tables"]) {
        for (const suffix of ["", "-save", "-restore"]) {
            fs.symlinkSync(
                `${command}-nft${suffix}`,
                path.join(rootfs, "usr", "sbin", `${command}${suffix}`),
            );
        }
    }
    const authorities = path.join(rootfs, "usr", "share", "ca-certificates", "mozilla");
    const bundle = fs
        .readdirSync(authorities)
        .map((file) => fs.readFileSync(path.join(authorities, file), "utf8"));
    fs.writeFileSync(path.join(rootfs, "etc", "ssl", "certs", "ca-certificates.crt"), bundle.join(""));
}
