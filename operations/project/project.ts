import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { LocalWorkspace, PulumiCommand, Stack, StackSummary } from "@pulumi/pulumi/automation";
import { execa } from "execa";
import pMap from "p-map";
import { ConfigReader } from "../../config/reader";
import { environmentFile, ProjectEnvironment } from "./environment";
import { emptyFiles } from "./emptyFiles";
import { passphrasesVariable, passphraseVariables } from "./passphrases";
import { ProjectFolder, StackEntry } from "./projectFolder";
import { stackIn } from "./stackIn";
import { settingsNamespace } from "./stackSettings";
import { savedOnce } from "./savedOnce";
import { message, pulumiError, StackMissing } from "../errors";
import { defaultParallel } from "./parallel";
import { pulumiCommand, requireTools, ToolName, toolVersion } from "./tools";

export { byRole, chosen } from "./projectFolder";
export type { StackEntry } from "./projectFolder";

/** A project's folder, and the environment that its pulumi commands need. */
export class Project extends ProjectFolder {
    private readonly environment?: ProjectEnvironment;
    /** Shared, because otherwise each opened stack would ask pulumi for its version. */
    private pulumiCommand?: Promise<PulumiCommand>;
    private readonly opened = new Map<string, Promise<Stack>>();
    /** Shared as well: one process lists all stacks. */
    private listed: Promise<StackSummary[]> | undefined;

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

    /** An existing stack, which is looked up only once. @throws StackMissing */
    open(stackName: string): Promise<Stack> {
        let stack = this.opened.get(stackName);
        if (stack === undefined) {
            stack = this.select(stackName);
            this.opened.set(stackName, stack);
            stack.catch(() => this.opened.delete(stackName));
        }
        return stack;
    }

    private async select(stackName: string): Promise<Stack> {
        const workspace = await this.workspace(stackName);
        this.listed ??= this.existing();
        if (!(await this.listed).some(({ name }) => name === stackName)) {
            throw new StackMissing(stackName);
        }
        return stackIn(workspace, stackName);
    }

    /**
     * A stack, created if it does not exist.
     *
     * @throws StackMissing if nothing says how to encrypt its secrets: a root's key must not depend on a default.
     */
    async openOrCreate(stackName: string): Promise<Stack> {
        try {
            return await this.open(stackName);
        } catch (error) {
            const secretsProvider = this.environment
                ? "passphrase"
                : this.settings(stackName).secretsProvider;
            if (!(error instanceof StackMissing) || secretsProvider === undefined) {
                throw error;
            }
            // Several are created in parallel, and Pulumi notes in one file which is selected.
            const options = ["--secrets-provider", secretsProvider, "--no-select"];
            try {
                await this.pulumi(stackName, "stack", "init", ...options);
            } catch (error) {
                // Somebody else has created it meanwhile.
                if (!message(error).includes("already exists")) {
                    throw error;
                }
            }
            const stack = stackIn(await this.workspace(stackName), stackName);
            this.opened.set(stackName, stack);
            return stack;
        }
    }

    /** Reads a stack's settings as its program does, with the same defaults. */
    async reader(stackName: string): Promise<ConfigReader> {
        const config = await (await this.open(stackName)).getAllConfig();
        const { name: project } = this.manifest;
        const namespace = `${project}:`;
        const settings = Object.entries(config).filter(([key]) => key.startsWith(namespace));
        const named = settings.map(([key, value]) => [key.slice(namespace.length), value] as const);
        return new ConfigReader({
            project,
            stack: stackName,
            values: Object.fromEntries(named.map(([name, { value }]) => [name, value])),
            encrypted: named.filter(([, { secret }]) => secret).map(([name]) => name),
        });
    }

    /** The version of a program that pulumi commands find on PATH; undefined if there is none. */
    version(tool: ToolName): Promise<string | undefined> {
        return toolVersion(tool, this.variables());
    }

    /** @throws Error naming each program that the stacks need and that is missing or too old. */
    requireTools(stacks: StackEntry[]): Promise<void> {
        return requireTools(["pulumi", ...stacks.flatMap(({ tools }) => tools)], this.variables());
    }

    /**
     * Opens all stacks and checks that their secrets can be encrypted and decrypted, with a passphrase or a key service, before
     * anything is changed.
     *
     * @throws Error naming every stack that cannot be opened, and why.
     */
    async unlock(stacks: string[], open = (name: string) => this.open(name)): Promise<void> {
        // Somebody may have created one since it was listed.
        this.listed = undefined;
        const found = await this.each(stacks, async (name) => {
            try {
                await open(name);
                await this.prove(name);
                return [];
            } catch (error) {
                return [`Stack ${name} cannot be opened: ${message(error)}`];
            }
        });
        if (found.flat().length > 0) {
            const empty = found.flat().some((fault) => /\bEOF$/.test(fault))
                ? emptyFiles(await this.backend())
                : [];
            const cause =
                empty.length > 0
                    ? [
                          `A pulumi that was killed has left an empty file in the backend, which holds no state but makes every pulumi fail. Delete it, then run this again: \`rm ${empty.join(" ")}\`.`,
                      ]
                    : found.flat();
            throw new Error([...cause, "Nothing was changed."].join("\n"));
        }
    }

    /**
     * Adds a secret to a copy of the settings, which needs the stack's key even if the stack has no secret yet. Not needed in a
     * project with an environment of its own, which comes with the passphrases.
     */
    private async prove(stack: string): Promise<void> {
        if (this.environment) {
            return;
        }
        if (!this.stacks().some(({ name }) => name === stack)) {
            await this.pulumi(stack, "stack", "output", "--show-secrets");
        } else {
            const add = ["config", "set", "--secret", `${settingsNamespace}proof`, "of the stack's key"];
            await this.withSettings(stack, this.settings(stack).with({}), (file) =>
                this.pulumi(stack, ...add, "--config-file", file),
            );
        }
    }

    /** Pulumi's preview of an `up` with other settings. The stack's settings are not changed. */
    preview(stackName: string, settings: string): Promise<string> {
        return this.withSettings(stackName, settings, async (file) => {
            const stack = await this.select(stackName);
            stack.workspace.serializeArgsForOp = () => Promise.resolve(["--config-file", file]);
            return (await stack.preview()).stdout;
        });
    }

    private async withSettings<T>(
        stack: string,
        text: string,
        use: (file: string) => Promise<T>,
    ): Promise<T> {
        const dir = fs.mkdtempSync(path.join(os.tmpdir(), "settings-"));
        try {
            const file = path.join(dir, `Pulumi.${path.basename(stack)}.yaml`);
            fs.writeFileSync(file, text, { mode: 0o600 });
            return await use(file);
        } finally {
            fs.rmSync(dir, { recursive: true });
        }
    }

    /** Runs pulumi on a stack, for what takes it a moment. @throws Error with the error that pulumi reports. */
    async pulumi(stack: string, ...args: string[]): Promise<string> {
        const command = [...args, "--stack", stack, "--non-interactive", "--color=never"];
        // A process that ends in a moment collects garbage for a fifth of it.
        const env = { GOGC: "400", ...this.variables(stack) };
        const { stdout, stderr, failed, message } = await execa("pulumi", command, {
            cwd: this.dir,
            env,
            reject: false,
        });
        if (failed) {
            throw new Error(pulumiError(stderr || message!));
        }
        return stdout;
    }

    private async workspace(stack?: string): Promise<LocalWorkspace> {
        const envVars = this.variables(stack);
        this.pulumiCommand ??= pulumiCommand(this.variables());
        return LocalWorkspace.create({
            workDir: this.dir,
            envVars,
            pulumiCommand: await this.pulumiCommand,
        });
    }
}
