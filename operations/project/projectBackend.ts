import * as fs from "node:fs";
import * as path from "node:path";
import { LocalWorkspace, PulumiCommand, StackSummary } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import pMap from "p-map";
import { pulumiError } from "../errors";
import { environmentFile, ProjectEnvironment } from "./environment";
import { defaultParallel } from "./parallel";
import { passphrasesVariable, passphraseVariables } from "./passphrases";
import { ProjectFolder, StackEntry } from "./projectFolder";
import { savedOnce } from "./savedOnce";
import { pulumiCommand, requireTools, ToolName, toolVersion } from "./tools";

/**
 * How often a pulumi collects garbage: rarely, because one that ends in a moment spends a fifth of its time on that; a large state is
 * collected before it fills the memory.
 */
const rareCollection = {
    GOGC: process.env["GOGC"] ?? "400",
    GOMEMLIMIT: process.env["GOMEMLIMIT"] ?? "1GiB",
};

/** A project's folder and its backend: its pulumi commands, and the environment that they need. */
export class ProjectBackend extends ProjectFolder {
    protected readonly environment?: ProjectEnvironment;
    /** Shared, because otherwise each opened stack would ask pulumi for its version. */
    private pulumiCommand?: Promise<PulumiCommand>;

    /** @param parallel - on how many stacks to work at once */
    constructor(
        dir: string,
        readonly parallel = defaultParallel(),
    ) {
        super(dir);
        const file = path.join(dir, environmentFile);
        if (fs.existsSync(file)) {
            this.environment = JSON.parse(fs.readFileSync(file, "utf8")) as ProjectEnvironment;
        }
    }

    /** Looks at stacks, or at anything else that takes a process each, with bounded parallelism. */
    each<T, R>(items: Iterable<T>, look: (item: T) => Promise<R>): Promise<R[]> {
        return pMap(items, look, { concurrency: this.parallel });
    }

    /** Every stack of this project in the backend. */
    async existing(): Promise<StackSummary[]> {
        const stacks = await (await this.workspace()).listStacks();
        return stacks.map((stack) => ({ ...stack, name: stack.name.slice(stack.name.lastIndexOf("/") + 1) }));
    }

    /** The stacks that still have resources although their settings file is gone. */
    async forgotten(): Promise<string[]> {
        const known = this.stacks().map(({ name }) => name);
        return (await this.existing())
            .filter(({ name, resourceCount = 0 }) => resourceCount > 0 && !known.includes(name))
            .map(({ name }) => name);
    }

    /** The backend's address, without a password that it may contain. @throws Error if nobody is logged in. */
    async backend(): Promise<string> {
        const { url = "an unknown backend" } = await (await this.workspace()).whoAmI();
        return url.replace(/(:\/\/[^/@:]+):[^/@]+@/, "$1:***@");
    }

    /** The environment of a pulumi command, for a stack if one is named. */
    variables(stack?: string): Record<string, string> {
        const { variables, path: folders = [], passphrases } = this.environment ?? {};
        const folder = passphrases ?? process.env[passphrasesVariable];
        const all: NodeJS.ProcessEnv = {
            ...variables,
            ...(folders.length > 0 && { PATH: [...folders, process.env["PATH"]].join(path.delimiter) }),
            ...(stack && folder && passphraseVariables(folder, stack)),
            ...(stack && this.hasOnlyState(stack) && savedOnce(process.env)),
        };
        // Undefined removes a variable from a child's environment, which the automation API's types do not allow for.
        return all as Record<string, string>;
    }

    /** The version of a program that pulumi commands find on PATH; undefined if there is none. */
    version(tool: ToolName): Promise<string | undefined> {
        return toolVersion(tool, this.variables());
    }

    /** @throws Error naming each program that the stacks need and that is missing or too old. */
    requireTools(stacks: StackEntry[]): Promise<void> {
        return requireTools(["pulumi", ...stacks.flatMap(({ tools }) => tools)], this.variables());
    }

    /** Runs pulumi on a stack, for what takes it a moment. @throws Error with the error that pulumi reports. */
    async pulumi(stack: string, ...args: string[]): Promise<string> {
        const command = [...args, "--stack", stack, "--non-interactive", "--color=never"];
        const { stdout, stderr, failed, message } = await execa("pulumi", command, {
            cwd: this.dir,
            env: { ...rareCollection, ...this.variables(stack) },
            reject: false,
        });
        if (failed) {
            throw new Error(pulumiError(stderr || message!));
        }
        return stdout;
    }

    protected async workspace(stack?: string): Promise<LocalWorkspace> {
        const envVars = { ...rareCollection, ...this.variables(stack) };
        this.pulumiCommand ??= pulumiCommand(this.variables());
        return LocalWorkspace.create({
            workDir: this.dir,
            envVars,
            pulumiCommand: await this.pulumiCommand,
        });
    }
}
