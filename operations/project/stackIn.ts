import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";

/** A stack that exists, without the processes of pulumi that nobody needs. */
export async function stackIn(workspace: LocalWorkspace, name: string): Promise<Stack> {
    // It would change which stack is selected in the user's shell, too.
    workspace.selectStack = () => Promise.resolve();
    const stack = await Stack.select(name, workspace);
    // Afterwards an `up` asks for the outputs, with and without secrets, and for the history: its result is without them.
    const unasked = { outputs: () => Promise.resolve({}), info: () => Promise.resolve(undefined) };
    const up = stack.up.bind(Object.assign(Object.create(stack) as Stack, unasked));
    return Object.assign(stack, { up });
}
