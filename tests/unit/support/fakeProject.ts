import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { Stack } from "@pulumi/pulumi/automation";
import { stringify } from "yaml";
import { Project } from "../../../operations/project/project";
import { bringUpAndSee } from "../../../operations/gate";
import { settingsNamespace, StackSettings } from "../../../operations/project/stackSettings";

type Values = Record<string, unknown>;

/** A kill -9: what was done before stays. */
export class Killed extends Error {}

/** A project of real files of settings, and stacks whose `up` is a function, that can be killed before each thing it does. */
export class FakeProject extends Project {
    /** The stacks' outputs. */
    readonly outputs: Record<string, Values> = {};
    /** What clusters really have plugged in, which a killed `up` has not recorded yet. */
    readonly plugged: Record<string, string> = {};
    /** How many actions are done before it is killed. */
    left = Infinity;
    done: string[] = [];

    constructor(
        stacks: Record<string, Values>,
        private readonly after: (project: FakeProject, stack: string) => Values,
    ) {
        super(fs.mkdtempSync(path.join(os.tmpdir(), "fake-project-")));
        fs.mkdirSync(path.join(this.dir, "stacks"));
        const manifest = { name: "istio-plugin-ca", stackConfigDir: "stacks" };
        fs.writeFileSync(path.join(this.dir, "Pulumi.yaml"), stringify(manifest));
        for (const [name, settings] of Object.entries(stacks)) {
            const config = Object.entries(settings).map(([key, value]) => [settingsNamespace + key, value]);
            const text = `# ${name}\n${stringify({ encryptionsalt: "v1:salt", config: Object.fromEntries(config) as object })}`;
            fs.writeFileSync(this.file(name), text);
        }
    }

    remove(): void {
        fs.rmSync(this.dir, { recursive: true });
    }

    /** The text of a stack's settings. */
    text(stack: string): string {
        return fs.readFileSync(this.file(stack), "utf8");
    }

    /** Everything that a run may change. */
    snapshot(): string {
        const texts = this.stacks().map(({ name }) => this.text(name));
        return JSON.stringify([texts, this.outputs, this.plugged]);
    }

    /** Stands in for Pulumi and the verification. */
    readonly bringUp: typeof bringUpAndSee = (_, { title, stacks, limits }) => {
        for (const { name } of [...stacks].sort(
            (one, other) => Number(other.role === "root") - Number(one.role === "root"),
        )) {
            const outputs = this.after(this, name);
            const files = JSON.stringify(outputs["files"]);
            if (files !== undefined && files !== this.plugged[name]) {
                this.effect(`plug in ${name}`, () => (this.plugged[name] = files));
            }
            if (JSON.stringify(outputs) !== JSON.stringify(this.outputs[name])) {
                this.effect(`up of ${name}`, () => (this.outputs[name] = outputs));
            }
        }
        for (const name of limits.keys()) {
            if (this.plugged[name] !== JSON.stringify(this.outputs[name]?.["files"])) {
                return Promise.reject(new Error(`${title}: the proxies of ${name} lag behind`));
            }
        }
        return Promise.resolve();
    };

    override settings(stack: string): StackSettings {
        const settings = super.settings(stack);
        const replace = settings.replace.bind(settings);
        settings.replace = (text) => {
            if (text !== this.text(stack)) {
                this.effect(`settings of ${stack}`, () => replace(text));
            }
        };
        return settings;
    }

    override open(stack: string): Promise<Stack> {
        const config = Object.fromEntries(
            [
                "role",
                "clusters",
                "roots",
                "signingRoot",
                "previousCa",
                "migration",
                "istio",
                "signer",
            ].flatMap((key) => {
                const value = this.settings(stack).get(key);
                const text = typeof value === "string" ? value : JSON.stringify(value);
                return value === undefined ? [] : [[settingsNamespace + key, { value: text }]];
            }),
        );
        return Promise.resolve({
            name: stack,
            getAllConfig: () => Promise.resolve(config),
        } as unknown as Stack);
    }

    override openOrCreate(stack: string): Promise<Stack> {
        return this.open(stack);
    }

    override pulumi(stack: string): Promise<string> {
        return Promise.resolve(JSON.stringify(this.outputs[stack] ?? {}));
    }

    override preview(stack: string): Promise<string> {
        return Promise.resolve(`Previewing update (${stack})`);
    }

    override requireTools(): Promise<void> {
        return Promise.resolve();
    }

    override unlock(): Promise<void> {
        return Promise.resolve();
    }

    private effect(name: string, run: () => void): void {
        if (this.left-- <= 0) {
            throw new Killed(name);
        }
        run();
        this.done.push(name);
    }

    private file(stack: string): string {
        return path.join(this.dir, "stacks", `Pulumi.${stack}.yaml`);
    }
}
