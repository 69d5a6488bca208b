import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { Stack, StackSummary } from "@pulumi/pulumi/automation";
import { ConfigReader } from "../../config/reader";
import { ProjectBackend } from "./projectBackend";
import { stackIn } from "./stackIn";
import { settingsNamespace } from "./stackSettings";
import { message, StackMissing } from "../errors";

export { byRole, chosen } from "./projectFolder";
export type { StackEntry } from "./projectFolder";

/** A project and its stacks. */
export class Project extends ProjectBackend {
    private readonly opened = new Map<string, Promise<Stack>>();
    /** Shared: one process lists all stacks. */
    private listed: Promise<StackSummary[]> | undefined;

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

    /**
     * Opens all stacks and checks that their secrets can be encrypted and decrypted, with a passphrase or a key service, before
     * anything is changed.
     *
     * @throws Error naming every stack that cannot be opened, and why.
     */
    async unlock(stacks: string[], open = (name: string) => this.open(name)): Promise<void> {
        // Somebody may have created one since it was listed.
        this.listed = undefined;
        const faults = new Map<string, string[]>();
        await this.each(stacks, async (name) => {
            try {
                await open(name);
                await this.prove(name);
            } catch (error) {
                const fault = message(error);
                faults.set(fault, [...(faults.get(fault) ?? []), name]);
            }
        });
        if (faults.size > 0) {
            const told = [...faults].map(([fault, names]) => {
                const which = names.length === 1 ? `Stack ${names[0]}` : `Stacks ${names.join(", ")}`;
                return `${which} cannot be opened: ${fault}`;
            });
            throw new Error([...told, "Nothing was changed."].join("\n"));
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
}
