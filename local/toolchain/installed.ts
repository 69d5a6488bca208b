import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as semver from "semver";
import { binDir, projectDir } from "../paths";
import { istioVersion, pulumiVersion } from "./goPrograms";
import { capture } from "./run";
import { findCommand } from "./systemCommands";

/** A Pulumi CLI with the folder of its plugins. */
export interface PulumiCli {
    /** The program. */
    path: string;
    /** Its PULUMI_HOME. */
    home: string;
    /** Whether its language host and plugins are the official ones, rather than the stand-ins of `local/plugins`. */
    official: boolean;
}

/** The official plugins that this project's programs use. */
const pluginPackages = ["kubernetes", "tls", "command"];

/**
 * The machine's own Pulumi, if it can run this project's programs: recent enough, the Node.js language host beside it, and
 * the resource plugins at the versions of the npm packages in its plugin cache.
 */
export async function findInstalledPulumi(): Promise<PulumiCli | undefined> {
    const pulumi = await findOfficialPulumi();
    return pulumi && pluginPackages.every((name) => hasPlugin(pulumi.home, name)) ? pulumi : undefined;
}

/** The same, whether or not its plugins are there: it downloads those that it lacks. */
export async function findOfficialPulumi(): Promise<PulumiCli | undefined> {
    const command = findCommand("pulumi", [binDir]);
    if (!command || !hasLanguageHost(command)) {
        return undefined;
    }
    const home = process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi");
    const recent = await isAtLeast(pulumiVersion, command, ["version"], { PULUMI_SKIP_UPDATE_CHECK: "true" });
    return recent ? { path: command, home, official: true } : undefined;
}

/** The machine's own istioctl, if it is recent enough. */
export async function findInstalledIstioctl(): Promise<string | undefined> {
    const command = findCommand("istioctl", [binDir]);
    return command && (await isAtLeast(istioVersion, command, ["version", "--remote=false"]))
        ? command
        : undefined;
}

function hasLanguageHost(pulumi: string): boolean {
    const folders = [path.dirname(pulumi), path.dirname(fs.realpathSync(pulumi))];
    return folders.some((folder) => fs.existsSync(path.join(folder, "pulumi-language-nodejs")));
}

function hasPlugin(home: string, name: string): boolean {
    const manifest = path.join(projectDir, "node_modules", "@pulumi", name, "package.json");
    const { version } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { version: string };
    const folder = path.join(home, "plugins", `resource-${name}-v${version}`);
    return fs.existsSync(path.join(folder, `pulumi-resource-${name}`));
}

async function isAtLeast(
    version: string,
    command: string,
    args: string[],
    env: NodeJS.ProcessEnv = {},
): Promise<boolean> {
    const printed = await capture(command, args, { env }).catch(() => "");
    const found = semver.coerce(printed, { includePrerelease: true });
    return found !== null && semver.gte(found, version);
}
