import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import * as fs from "node:fs/promises";
import { createRequire } from "node:module";
import * as path from "node:path";
import { build } from "esbuild";
import { binDir, projectDir, pulumiHome } from "../paths";

/** The provider plugins that have stand-ins. */
const providers = ["command", "kubernetes", "tls"];

/** Where plugins go. */
export interface PluginTarget {
    /** The Pulumi CLI; the engine looks for the language host next to it. Default: the one in `.local/bin`. */
    pulumi?: string;
    /** `PULUMI_HOME`, which holds the plugin cache. Default: `.local/pulumi-home`. */
    home?: string;
}

/**
 * Installs the stand-ins for the Node.js language host and the provider plugins, each bundled to one file, at the
 * versions that the installed SDKs ask for. What exists and was made from the same sources stays as it is; a language
 * host that is not ours is never replaced.
 *
 * @returns the names of what was installed; none if all was in place.
 */
export async function installPlugins(target: PluginTarget = {}): Promise<string[]> {
    const pulumi = realpathSync(target.pulumi ?? path.join(binDir, "pulumi"));
    const home = target.home ?? pulumiHome;
    const cache = path.join(home, "plugins");
    await keepNoLogs(home);
    const executables = {
        nodejs: path.join(path.dirname(pulumi), "pulumi-language-nodejs"),
        ...Object.fromEntries(providers.map((name) => [name, providerExecutable(cache, name)])),
    };
    const installed = await Promise.all(
        Object.entries(executables).map(async ([name, executable]) =>
            (await installPlugin(name, executable)) ? [name] : [],
        ),
    );
    return installed.flat();
}

/**
 * Keeps Pulumi from logging every command here, which takes a fifth of a preview's CPU time. It has no setting for that, but cannot
 * make its folder where there is a file.
 */
async function keepNoLogs(home: string): Promise<void> {
    const logs = path.join(home, "logs");
    if (!statSync(logs, { throwIfNoEntry: false })?.isFile()) {
        await fs.rm(logs, { recursive: true, force: true });
        await fs.mkdir(home, { recursive: true });
        await fs.writeFile(
            logs,
            "Because this is no folder, Pulumi keeps no logs, which would slow it down.\n",
        );
    }
}

/**
 * Installs one stand-in.
 *
 * @param name its folder next to this file.
 * @param executable the file that the engine will start; the bundle is next to it.
 * @returns whether there was anything to do.
 */
export async function installPlugin(name: string, executable: string): Promise<boolean> {
    const bundle = `${executable}.js`;
    const launcher = launcherFor(bundle);
    const existing = existsSync(executable) ? readFileSync(executable) : undefined;
    if (existing?.equals(Buffer.from(launcher)) || (existing && !existing.includes(launcherMark))) {
        return false;
    }
    await fs.mkdir(path.dirname(executable), { recursive: true });
    await build({
        entryPoints: [path.join(__dirname, name, "main.ts")],
        outfile: `${bundle}.new`,
        bundle: true,
        platform: "node",
        target: "node22",
        logLevel: "error",
    });
    await fs.rename(`${bundle}.new`, bundle);
    await fs.writeFile(`${executable}.new`, launcher, { mode: 0o755 });
    await fs.rename(`${executable}.new`, executable);
    return true;
}

/** Says, in a launcher, that it is ours. */
const launcherMark = "# Stand-in for the official Pulumi plugin, from ";

/** Starts the bundle with this Node.js, whatever is on PATH: a launcher that differs is out of date. */
function launcherFor(bundle: string): string {
    const compileCache = path.join(path.dirname(bundle), "compile-cache");
    return [
        "#!/bin/sh",
        launcherMark + sourcesHash(),
        // Compiled code is kept next to the plugin, including that of the programs and commands that it runs.
        `[ -n "$NODE_COMPILE_CACHE" ] || export NODE_COMPILE_CACHE=${shellQuote(compileCache)}`,
        `exec ${shellQuote(process.execPath)} ${shellQuote(bundle)} "$@"`,
        "",
    ].join("\n");
}

/** The hash of everything a bundle is made from. */
function sourcesHash(): string {
    const hash = createHash("sha256");
    const sources = readdirSync(__dirname, { recursive: true, encoding: "utf8" }).filter((file) =>
        file.endsWith(".ts"),
    );
    for (const file of [...sources.map((source) => path.join(__dirname, source)).sort(), lockFile]) {
        hash.update(`${path.relative(projectDir, file)}\n`).update(readFileSync(file));
    }
    return hash.digest("hex");
}

const lockFile = path.join(projectDir, "package-lock.json");

function providerExecutable(cache: string, name: string): string {
    const { version } = createRequire(__filename)(`@pulumi/${name}/package.json`) as { version: string };
    return path.join(cache, `resource-${name}-v${version}`, `pulumi-resource-${name}`);
}

function shellQuote(word: string): string {
    return `'${word.replaceAll("'", `'\\''`)}'`;
}

if (require.main === module) {
    void installPlugins().then((installed) =>
        console.log(
            installed.length > 0 ? `Installed plugins: ${installed.join(", ")}` : "Plugins are up to date",
        ),
    );
}
