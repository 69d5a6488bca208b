import * as pulumi from "@pulumi/pulumi";
import { MockCallArgs, MockResourceArgs } from "@pulumi/pulumi/runtime/mocks";
import * as state from "@pulumi/pulumi/runtime/state";
import { logged } from "./logs";
import { Held, newResource } from "./mockedProviders";
import { RecordingMonitor, Registered } from "./recordingMonitor";

export { isSecret } from "./mockedProviders";
export type { Registered, RegisteredOptions } from "./recordingMonitor";

export interface MockedProgram<T> {
    /** What it returned, resolved. */
    outputs: T;
    resources: Registered[];
    /** Its warnings and information, in their order. */
    logs: string[];
    /** The resource of this type and name. */
    find(type: string, name: string): Registered;
}

export interface MockOptions extends Held {
    stack?: string;
    config?: Record<string, string>;
    /** The outputs of other stacks, by their full names. The stack `missing` does not exist. */
    stacks?: Record<string, Record<string, unknown>>;
    preview?: boolean;
    /** Called with every resource, even if the program fails later. */
    onRegister?: (name: string, type: string) => void;
}

/** Runs a program against mocks that make real keys, requests and certificates. */
export async function runMocked<T>(
    program: () => T | Promise<T>,
    options: MockOptions = {},
): Promise<MockedProgram<pulumi.Unwrap<T>>> {
    const mocks = {
        newResource: (args: MockResourceArgs) =>
            args.type === "pulumi:pulumi:StackReference"
                ? { id: args.name, state: outputsOf(args.name, options) }
                : newResource(args, options),
        call: (args: MockCallArgs) => call(args, options),
    };
    const monitor = new RecordingMonitor(mocks, options.onRegister);
    const { stack = "cluster1", preview = false } = options;
    await pulumi.runtime.setMocks(mocks, "istio-plugin-ca", stack, preview, "organization");
    engine.getStore().settings.monitor = monitor;
    // None that a developer may have, so that no test asks a real cluster.
    const config = Object.entries({ kubeconfig: "none", ...options.config });
    pulumi.runtime.setAllConfig(
        Object.fromEntries(config.map(([key, value]) => [`istio-plugin-ca:${key}`, value])),
    );
    const { result: outputs, logs } = await withShortStacks(() =>
        logged(async () => {
            const returned = await resolved(pulumi.output(await program()));
            await pulumi.runtime.disconnect();
            return returned;
        }),
    );
    const resources = monitor.registered;
    return { outputs: outputs as pulumi.Unwrap<T>, resources, logs, find: finder(resources) };
}

/** The SDK takes a stack trace for each resource and each promise, which is a tenth of a test's time. */
async function withShortStacks<T>(run: () => Promise<T>): Promise<T> {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 3;
    try {
        return await run();
    } finally {
        Error.stackTraceLimit = stackTraceLimit;
    }
}

/** Where the SDK keeps its connection to the engine; its types leave this out. */
const engine = state as unknown as { getStore(): { settings: { monitor: RecordingMonitor } } };

function finder(registered: Registered[]) {
    return (type: string, name: string) => {
        const found = registered.find((resource) => resource.type === type && resource.name === name);
        if (!found) {
            throw new Error(
                `No ${type} ${name} among ${registered.map((r) => `${r.type} ${r.name}`).join(", ")}`,
            );
        }
        return found;
    };
}

/** What the engine answers to a program that reads a stack's outputs. */
function call({ token, inputs }: MockCallArgs, options: MockOptions) {
    if (token !== "pulumi:pulumi:readStackOutputs") {
        throw new Error(`Mock call not implemented: ${token}`);
    }
    const { name } = inputs as { name: string };
    if (name.endsWith("/missing")) {
        const details = `unknown stack "${name}"`;
        throw Object.assign(new Error(details), { details });
    }
    return outputsOf(name, options);
}

/** What the engine says about another stack. */
function outputsOf(name: string, { stacks = {} }: MockOptions) {
    return { name, outputs: stacks[name] ?? {}, secretOutputNames: [] };
}

function resolved<T>(output: pulumi.Output<T>): Promise<T> {
    return (output as unknown as { promise(): Promise<T> }).promise();
}
