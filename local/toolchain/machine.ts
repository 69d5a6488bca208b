import * as path from "node:path";
import * as semver from "semver";
import { projectDir } from "../paths";
import { capture } from "./run";
import { findSystemCommands, hasAptGet, type SystemSearch } from "./systemCommands";

/** What decides whether a machine can run the local clusters. */
export interface Machine {
    /** As `process.platform` says it. */
    platform: string;
    /** As `process.arch` says it. */
    arch: string;
    /** The user's number; 0 is root. */
    uid: number | undefined;
    /** As `go env GOVERSION` says it, or undefined without Go. */
    goVersion: string | undefined;
    hasAptGet: boolean;
    system: SystemSearch;
}

/** This machine cannot run the local clusters; the message holds every reason. */
export class UnsupportedMachineError extends Error {
    constructor(faults: readonly string[]) {
        const list = faults.map((fault) => `  - ${fault}`).join("\n");
        super(
            `The local clusters cannot run on this machine:\n${list}\n` +
                `To use clusters of your own instead, see "Your own clusters" in README.md.`,
        );
        this.name = "UnsupportedMachineError";
    }
}

/** The Go that go.mod files of ours are written for. */
const oldestGo = "1.26.0";

/** Inspects this machine. */
export async function inspectMachine(): Promise<Machine> {
    return {
        platform: process.platform,
        arch: process.arch,
        uid: process.getuid?.(),
        goVersion: await goVersion(),
        hasAptGet: hasAptGet(),
        system: findSystemCommands(),
    };
}

/** Every reason why a machine cannot run the local clusters, each with what to do; none if it can. */
export function findFaults(machine: Machine): string[] {
    const faults: string[] = [];
    if (machine.platform !== "linux") {
        // What is missing elsewhere does not matter: nothing can be done about it there.
        return [`it runs ${machine.platform}: they need Linux`];
    }
    if (machine.arch !== "x64" && machine.arch !== "arm64") {
        faults.push(`its processor is ${machine.arch}: they need x64 or arm64`);
    }
    if (machine.uid !== 0) {
        faults.push(
            'the user is not root, who alone can make network namespaces: try sudo env "PATH=$PATH" npm start',
        );
    }
    if (!machine.goVersion) {
        faults.push("Go is not on PATH: install Go 1.26 or newer (https://go.dev/doc/install)");
    } else if (semver.lt(semver.coerce(machine.goVersion) ?? "0.0.0", oldestGo)) {
        const version = machine.goVersion;
        faults.push(`its Go is too old (${version}): install Go 1.26 or newer (https://go.dev/doc/install)`);
    }
    const { missing, packages } = machine.system;
    if (missing.length > 0 && !machine.hasAptGet) {
        faults.push(
            `it lacks ${missing.join(", ")}, and has no apt-get to install them: ` +
                `install what Debian calls ${packages.join(", ")}`,
        );
    }
    return faults;
}

/** The version of Go; in a module that requires a newer one, Go fetches that by itself if its GOTOOLCHAIN allows. */
async function goVersion(): Promise<string | undefined> {
    for (const cwd of [path.join(projectDir, "local", "toolchain", "programs"), "/"]) {
        const version = await capture("go", ["env", "GOVERSION"], { cwd }).catch(() => undefined);
        if (version) {
            return version;
        }
    }
    return undefined;
}
