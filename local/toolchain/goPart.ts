import * as fs from "node:fs";
import * as path from "node:path";
import { toolchainDir } from "../paths";
import { definePart, type Part } from "./part";
import { capture, runLogged } from "./run";

/** Programs built from one Go module of ours, whose go.mod and go.sum pin all they are made of. */
export interface GoPrograms {
    name: string;
    title: string;
    expected: string;
    /** The folder of go.mod and go.sum. */
    module: string;
    /** What is built: `tool` for the tools that go.mod names, `.` for a main package of ours. */
    packages: "tool" | ".";
    /** The version of the Go toolchain that builds, as `go env GOVERSION` says it. */
    goVersion: string;
    /** Build tags. */
    tags?: string;
    /** String variables set by the linker: package path and name, value. */
    variables?: Record<string, string>;
    /** Files or folders of a required module that are kept beside the programs, under the same paths. */
    keep?: { module: string; paths: readonly string[] };
}

/** A part whose folder holds the programs in `bin/`, static and stripped, and the kept files. */
export function goPart(programs: GoPrograms): Part {
    const { module, packages, keep, tags } = programs;
    const linkerFlags = ["-s", "-w"];
    for (const [name, value] of Object.entries(programs.variables ?? {})) {
        linkerFlags.push("-X", `${name}=${value}`);
    }
    const flags = [
        "-trimpath",
        "-buildvcs=false",
        "-ldflags",
        linkerFlags.join(" "),
        ...(tags ? ["-tags", tags] : []),
    ];
    return definePart({
        directory: toolchainDir,
        name: programs.name,
        title: programs.title,
        expected: programs.expected,
        inputs: [programs.goVersion, process.arch, packages, ...flags, JSON.stringify(keep ?? null)],
        sources: moduleFiles(module),
        async build(folder) {
            const go = { log: programs.name, cwd: module, env: goEnvironment };
            await runLogged("go", ["build", ...flags, "-o", path.join(folder, "bin") + "/", packages], go);
            if (keep) {
                await keepFiles(module, keep, folder);
            }
        },
    });
}

/** What every call of Go runs with: static programs, and only what go.mod and go.sum say. */
const goEnvironment = {
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    // The compiler's own garbage collection: seldom while memory allows, which saves a tenth of the time.
    GOGC: "400",
    GOMEMLIMIT: "2GiB",
};

/** The version that the go.mod in a folder requires of a module. */
export function requiredVersion(folder: string, module: string): string {
    const words = fs.readFileSync(path.join(folder, "go.mod"), "utf8").split(/\s+/);
    const version = words.find((word, i) => words[i - 1] === module && word.startsWith("v"));
    if (!version) {
        throw new Error(`${folder}/go.mod requires no module ${module}`);
    }
    return version;
}

function moduleFiles(folder: string): string[] {
    const files = fs.readdirSync(folder).filter((file) => /^go\.(mod|sum)$|\.go$/.test(file));
    return files.sort().map((file) => path.join(folder, file));
}

async function keepFiles(
    folder: string,
    keep: NonNullable<GoPrograms["keep"]>,
    target: string,
): Promise<void> {
    const args = ["list", "-m", "-f", "{{.Dir}}", keep.module];
    const source = await capture("go", args, { cwd: folder, env: goEnvironment });
    for (const kept of keep.paths) {
        fs.cpSync(path.join(source, kept), path.join(target, kept), { recursive: true });
    }
}
