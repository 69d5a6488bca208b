import { createHash } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import pMap from "p-map";
import { capture, runLogged } from "../run";

/** What pins Zig's compiler. */
export const ziglang = path.join(__dirname, "ziglang.txt");

/** BoringSSL's source, as the crate boring-sys has it, and the crate's SHA-256. */
export const boringssl = {
    version: "5.4.0",
    digest: "4986392770df40d11d0d6294b0dd8399570f4a6e76d6953c7a34f7dd1defbd76",
};

const target = ["-target", "wasm32-wasi", "-Os"];
const compilerFlags = [...target, "-std=c++17", "-fno-exceptions", "-fno-rtti", "-ffunction-sections"];
/** WebAssembly has no assembler, sockets or files, and the program has one thread. */
const boringsslFlags = [
    "-DBORINGSSL_IMPLEMENTATION",
    "-DOPENSSL_NO_ASM",
    "-DOPENSSL_NO_FILESYSTEM",
    "-DOPENSSL_NO_SOCK",
    "-DOPENSSL_NO_THREADS_CORRUPT_MEMORY_AND_LEAK_SECRETS_IF_THREADED",
];

/** Builds the program in C++ with all of BoringSSL's libcrypto; the linker leaves out what is not used. */
export async function buildEnvoy(source: string, output: string): Promise<void> {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "envoy-verdict-"));
    try {
        const zig = await installZig(dir);
        const library = await unpackBoringSsl(dir);
        const compile = async (file: string, flags: string[]) => {
            const object = path.join(dir, `${file.replaceAll("/", "_")}.o`);
            // In its own folder, so that the object holds no path of this machine.
            await run(zig, library, "c++", ...compilerFlags, ...flags, "-Iinclude", "-c", file, "-o", object);
            return object;
        };
        fs.copyFileSync(path.join(source, "main.cc"), path.join(library, "main.cc"));
        const objects = await pMap(
            [...sourcesOf(library), "main.cc"],
            (file) => compile(file, file === "main.cc" ? [] : boringsslFlags),
            { concurrency: os.availableParallelism() },
        );
        const linkerFlags = [...target, "-mexec-model=reactor", "-Wl,--gc-sections", "-s"];
        await run(zig, library, "cc", ...linkerFlags, ...objects, "-o", output);
    } finally {
        fs.rmSync(dir, { recursive: true, force: true });
    }

    function run(zig: string, cwd: string, ...args: string[]): Promise<void> {
        const cache = {
            ZIG_GLOBAL_CACHE_DIR: path.join(dir, "cache"),
            ZIG_LOCAL_CACHE_DIR: path.join(dir, "cache"),
        };
        return runLogged(zig, args, { log: "verdict", cwd, env: cache });
    }
}

/** @returns the compiler. */
async function installZig(dir: string): Promise<string> {
    const folder = path.join(dir, "zig");
    const wheel = ["--requirement", ziglang, "--require-hashes", "--only-binary", ":all:", "--no-deps"];
    await runLogged("pip3", ["install", ...wheel, "--no-compile", "--target", folder], { log: "verdict" });
    return path.join(folder, "ziglang", "zig");
}

/** @returns the folder of BoringSSL. @throws Error if the crate is not the one that is pinned. */
async function unpackBoringSsl(dir: string): Promise<string> {
    const { version, digest } = boringssl;
    const project = path.join(dir, "crate");
    fs.mkdirSync(project);
    fs.writeFileSync(path.join(project, "lib.rs"), "");
    fs.writeFileSync(
        path.join(project, "Cargo.toml"),
        `[package]\nname = "crate"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n[dependencies]\nboring-sys = "=${version}"\n`,
    );
    await runLogged("cargo", ["fetch"], { log: "verdict", cwd: project });
    const metadata = await capture("cargo", ["metadata", "--offline", "--format-version", "1"], {
        cwd: project,
    });
    const { packages } = JSON.parse(metadata) as { packages: { name: string; manifest_path: string }[] };
    const unpacked = path.dirname(packages.find(({ name }) => name === "boring-sys")!.manifest_path);
    const crate = `${unpacked.replace(`${path.sep}src${path.sep}`, `${path.sep}cache${path.sep}`)}.crate`;
    const found = createHash("sha256").update(fs.readFileSync(crate)).digest("hex");
    if (found !== digest) {
        throw new Error(`boring-sys ${version} has the SHA-256 ${found}, expected ${digest}`);
    }
    await runLogged("tar", ["--extract", "--gzip", "--file", crate, "--directory", dir], { log: "verdict" });
    return path.join(dir, `boring-sys-${version}`, "deps", "boringssl");
}

/** The sources of libcrypto, by BoringSSL's own list. */
function sourcesOf(library: string): string[] {
    const lists = fs.readFileSync(path.join(library, "gen", "sources.cmake"), "utf8");
    return ["BCM_SOURCES", "CRYPTO_SOURCES"].flatMap((name) => {
        const [, list] = new RegExp(`set\\(\\s*${name}\\s([^)]*)\\)`).exec(lists)!;
        return list!.split(/\s+/).filter((file) => file.endsWith(".cc"));
    });
}
