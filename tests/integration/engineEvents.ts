import type { EngineEvent, PreviewOptions } from "@pulumi/pulumi/automation";
import { Project } from "../../cli/project";

/** What a review reads of an engine's events. */
const read = ["resourcePreEvent", "resOutputsEvent", "diagnosticEvent", "policyEvent"] as const;

/** The events of a preview of each stack, as the engine gives them, for the unit tests of the review. */
export async function record(project: Project): Promise<string> {
    const recorded: Record<string, { role: string; events: EngineEvent[] }> = {};
    for (const { name, role } of project.stacks()) {
        const events: EngineEvent[] = [];
        const options: PreviewOptions = { onEvent: (event) => events.push(event) };
        await (await project.open(name)).preview(options);
        recorded[name] = {
            role,
            events: events.filter((event) => read.some((kind) => event[kind] !== undefined)),
        };
    }
    return `${JSON.stringify(recorded, undefined, 1)}\n`;
}
