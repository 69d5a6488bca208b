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
 * The machine's own Pulumi, if it can run this project's programs: recent enough, the Node.js language host next to it, and
 * the resource plugins at the versions of the npm packages in its plugin cache.
 */
export async function findInstalledPulumi(): Promise<PulumiCli | undefined> {
    const command = findCommand("pulumi", [binDir]);
    return command && (await lacking(command)).length === 0
        ? { path: command, home: pulumiHomeOfUser(), official: true }
        : undefined;
}

/** Which Pulumi runs the local stacks, and with whose plugins; if that is not the machine's own, why. */
export async function describePulumi({ path: used, official }: PulumiCli): Promise<string> {
    if (official) {
        return `Pulumi: ${used}, with the official language host and plugins.`;
    }
    const ours =
        "Pulumi: built by npm start, with this project's stand-ins for the language host and the plugins (local/plugins/README.md).";
    const command = findCommand("pulumi", [binDir]);
    return command ? `${ours} Not ${command}, which lacks ${(await lacking(command)).join(", ")}.` : ours;
}

/** The machine's own Pulumi if it is official and recent, whether or not its plugins are there: it downloads those. */
export async function findOfficialPulumi(): Promise<PulumiCli | undefined> {
    const command = findCommand("pulumi", [binDir]);
    return command && (await lackingProgram(command)).length === 0
        ? { path: command, home: pulumiHomeOfUser(), official: true }
        : undefined;
}

/** What a Pulumi lacks to run this project's programs, each with how to get it. */
async function lacking(command: string): Promise<string[]> {
    const home = pulumiHomeOfUser();
    const plugins = pluginPackages
        .map((name) => ({ name, version: packageVersion(name) }))
        .filter(({ name, version }) => !hasPlugin(home, name, version))
        .map(({ name, version }) => `plugin ${name} (pulumi plugin install resource ${name} ${version})`);
    return [...(await lackingProgram(command)), ...plugins];
}

/** The same without its plugins. */
async function lackingProgram(command: string): Promise<string[]> {
    const recent = await isAtLeast(pulumiVersion, command, ["version"], { PULUMI_SKIP_UPDATE_CHECK: "true" });
    return [
        ...(recent ? [] : [`version ${pulumiVersion} or newer`]),
        ...(hasLanguageHost(command) ? [] : ["pulumi-language-nodejs next to it"]),
    ];
}

function pulumiHomeOfUser(): string {
    return process.env.PULUMI_HOME ?? path.join(os.homedir(), ".pulumi");
}

/** The machine's own istioctl, if it is recent enough. */
export async function findInstalledIstioctl(): Promise<string | undefined> {
    const command = findCommand("istioctl", [binDir]);
    return command && (await isAtLeast(istioVersion, command, ["version", "--remote=false"]))
        ? command
        : undefined;
}

/** Where Pulumi itself looks, a link to it followed. */
function hasLanguageHost(pulumi: string): boolean {
    return fs.existsSync(path.join(path.dirname(fs.realpathSync(pulumi)), "pulumi-language-nodejs"));
}

function packageVersion(name: string): string {
    const manifest = path.join(projectDir, "node_modules", "@pulumi", name, "package.json");
    return (JSON.parse(fs.readFileSync(manifest, "utf8")) as { version: string }).version;
}

function hasPlugin(home: string, name: string, version: string): boolean {
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
