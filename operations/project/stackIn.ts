import { LocalWorkspace, Stack } from "@pulumi/pulumi/automation";

/** A stack that exists. */
export async function stackIn(workspace: LocalWorkspace, name: string): Promise<Stack> {
    // Each of these would be a process of its own. The first would change which stack is selected in the user's shell, too; the others
    // ask for what an `up` has left, which is read only if it is needed.
    workspace.selectStack = () => Promise.resolve();
    const stack = await Stack.select(name, workspace);
    stack.outputs = () => Promise.resolve({});
    stack.info = () => Promise.resolve(undefined);
    return stack;
}
