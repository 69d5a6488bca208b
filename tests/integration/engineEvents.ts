import type { EngineEvent, PreviewOptions } from "@pulumi/pulumi/automation";
import { Project } from "../../operations/project/project";
import { types } from "../../review/resource";

/** Whether it is of what a review reads: the stack's outputs, and the steps of keys, certificates and what plugs them in. */
function isRead({ resourcePreEvent, resOutputsEvent, policyEvent, diagnosticEvent }: EngineEvent): boolean {
    const read: string[] = Object.values(types);
    return (
        (resourcePreEvent !== undefined && read.includes(resourcePreEvent.metadata.type)) ||
        resOutputsEvent?.metadata.type === "pulumi:pulumi:Stack" ||
        policyEvent !== undefined ||
        ["warning", "error"].includes(diagnosticEvent?.severity ?? "")
    );
}

/** The events of a preview of each stack, as the engine gives them, for the unit tests of the review. */
export async function record(project: Project): Promise<string> {
    const recorded: Record<string, { role: string; events: EngineEvent[] }> = {};
    for (const { name, role } of project.stacks()) {
        const events: EngineEvent[] = [];
        const options: PreviewOptions = { onEvent: (event) => events.push(event) };
        await (await project.open(name)).preview(options);
        recorded[name] = { role, events: events.filter(isRead) };
    }
    return `${JSON.stringify(recorded, undefined, 1)}\n`;
}
