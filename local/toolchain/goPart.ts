import * as fs from "node:fs";
import * as path from "node:path";
import { toolchainDir } from "../paths";
import { GoProgress } from "./goProgress";
import { definePart, type OnProgress, type Part } from "./part";
import { capture, runLogged } from "./run";

/** Programs built from one Go module of ours, whose go.mod and go.sum pin everything in them. */
export interface GoPrograms {
    name: string;
    title: string;
    expected: string;
    /** The folder of go.mod and go.sum. */
    module: string;
    /** What is built: package paths, `./folder` for a main package of ours, `tool` for all tools that go.mod names. */
    packages: readonly string[];
    /** The version of the Go toolchain that builds, as `go env GOVERSION` says it. */
    goVersion: string;
    /** Build tags. */
    tags?: string;
    /** String variables set by the linker: package path and name, value. */
    variables?: Record<string, string>;
    /** Further names under which a program is called, by the program's own name. */
    links?: Record<string, readonly string[]>;
    /** Files or folders of a required module that are kept beside the programs, under the same paths. */
    keep?: { module: string; paths: readonly string[] };
}

/** A part whose folder holds the programs in `bin/`, static and stripped, and the kept files. */
export function goPart(programs: GoPrograms): Part {
    const { module, packages, keep, links = {}, tags } = programs;
    const linkerFlags = ["-s", "-w"];
    for (const [name, value] of Object.entries(programs.variables ?? {})) {
        linkerFlags.push("-X", `${name}=${value}`);
    }
    const flags = [...goFlags, `-ldflags=${linkerFlags.join(" ")}`, ...(tags ? [`-tags=${tags}`] : [])];
    return definePart({
        directory: toolchainDir,
        name: programs.name,
        title: programs.title,
        expected: programs.expected,
        inputs: [
            programs.goVersion,
            process.arch,
            ...packages,
            ...flags,
            JSON.stringify([links, keep ?? null]),
        ],
        sources: moduleFiles(module),
        async build(folder, onProgress) {
            const bin = path.join(folder, "bin");
            const go = { cwd: module, env: goEnvironment };
            const progress = await GoProgress.of([...flags, ...packages], go);
            if (progress.isCached) {
                onProgress?.(progress.share, "linking");
            }
            await runLogged("go", ["build", "-v", ...flags, "-o", `${bin}/`, ...packages], {
                ...go,
                log: programs.name,
                onLine: (line) => report(progress, line, onProgress),
            });
            for (const [program, names] of Object.entries(links)) {
                names.forEach((name) => fs.symlinkSync(program, path.join(bin, name)));
            }
            if (keep) {
                await keepFiles(module, keep, folder);
            }
        },
    });
}

/** Packages whose functions are called often enough at run time that inlining them counts. */
const inlined = [
    "std",
    "golang.org/x/...",
    "google.golang.org/grpc/...",
    "google.golang.org/protobuf/...",
    "k8s.io/apimachinery/...",
    "k8s.io/apiserver/...",
    "sigs.k8s.io/json/...",
    "sigs.k8s.io/structured-merge-diff/...",
];

/**
 * Compiles what runs, and nothing else: no DWARF, which the linker would strip (an eighth of the compiler's time), and
 * no inlining (a quarter) except where it counts. The last pattern that matches a package decides.
 */
const compilerFlags = [
    "-gcflags=all=-dwarf=false -l",
    ...inlined.map((packages) => `-gcflags=${packages}=-dwarf=false`),
];

/** What everything is compiled with, so that what several programs are made of is in Go's cache. */
export const goFlags = ["-trimpath", "-buildvcs=false", ...compilerFlags];

/** What every call of Go runs with: static programs, and only what go.mod and go.sum say. */
export const goEnvironment = {
    CGO_ENABLED: "0",
    GOFLAGS: "-mod=readonly",
    GOWORK: "off",
    // The compiler collects no garbage while memory allows, which saves a fifth of its time.
    GOGC: "off",
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

function report(progress: GoProgress, line: string, onProgress?: OnProgress): void {
    if (progress.compiles(line)) {
        onProgress?.(progress.share, line);
    }
}

/** go.mod, go.sum and our own code, even in the folders of several main packages. */
function moduleFiles(folder: string): string[] {
    const files = fs.globSync("**/{go.mod,go.sum,*.go}", { cwd: folder });
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
