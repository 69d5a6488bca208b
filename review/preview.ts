import type { EngineEvent, PolicyEvent, PreviewOptions } from "@pulumi/pulumi/automation";
import { StackNotFoundError } from "@pulumi/pulumi/automation";
import type { Project, StackEntry } from "../cli/project";
import { message } from "../cli/tasks";
import { OutputChange, outputChanges, Outputs, readOutputs } from "./outputs";
import { Resource, resource } from "./resource";

/** A warning or an error of the engine, a provider or the program. */
export interface Diagnostic {
    severity: "warning" | "error";
    /** The resource's name, if it is about one. */
    resource?: string;
    message: string;
}

/** What the preview of a stack told. */
export interface StackPreview {
    stack: string;
    role: string;
    resources: Resource[];
    before: Outputs;
    after: Outputs;
    /** All outputs that change, also those that are read nowhere else. */
    outputs: OutputChange[];
    diagnostics: Diagnostic[];
    violations: PolicyEvent[];
    succeeded: boolean;
}

/** How stacks are previewed. */
export type ReviewOptions = Pick<PreviewOptions, "refresh" | "policyPacks">;

/** Previews a stack. Nothing is changed, and no stack is made. */
export async function previewStack(
    project: Project,
    entry: StackEntry,
    options: ReviewOptions = {},
): Promise<StackPreview> {
    const events: EngineEvent[] = [];
    try {
        const stack = await project.open(entry.name);
        await stack.preview({ ...options, onEvent: (event) => events.push(event) });
        return { ...entryOf(entry), ...told(events), succeeded: true };
    } catch (error) {
        const preview = { ...entryOf(entry), ...told(events), succeeded: false };
        if (preview.diagnostics.some(({ severity }) => severity === "error")) {
            return preview;
        }
        // A violated policy fails a preview that has told all the same what would change.
        return preview.violations.some(({ enforcementLevel }) => enforcementLevel === "mandatory")
            ? { ...preview, succeeded: true }
            : { ...preview, diagnostics: [...preview.diagnostics, failure(entry.name, error)] };
    }
}

function entryOf({ name, role }: StackEntry): Pick<StackPreview, "stack" | "role"> {
    return { stack: name, role };
}

/** Why there was no preview at all; of all that Pulumi printed what it calls the error. */
function failure(stack: string, error: unknown): Diagnostic {
    if (error instanceof StackNotFoundError) {
        const remedy = `Make it: pulumi stack init ${stack}`;
        return { severity: "error", message: `Stack ${stack} does not exist yet. ${remedy}` };
    }
    const whole = message(error);
    return { severity: "error", message: /^error: (.+)$/m.exec(whole)?.[1] ?? whole };
}

/** What a preview's events tell. */
export function told(events: EngineEvent[]): Omit<StackPreview, "stack" | "role" | "succeeded"> {
    const finished = events.flatMap(({ resOutputsEvent }) => resOutputsEvent?.metadata ?? []);
    const missing = new Set(
        finished.filter(({ op, new: found }) => op === "refresh" && !found).map(({ urn }) => urn),
    );
    const stack = finished.findLast(({ type, op }) => type === stackType && op !== "refresh");
    return {
        resources: events
            .flatMap(({ resourcePreEvent }) => resourcePreEvent?.metadata ?? [])
            .filter(({ type, urn }) => type !== stackType && !defaultProvider.test(urn))
            .flatMap((step) => resource(step, missing.has(step.urn)) ?? []),
        before: readOutputs(stack?.old?.outputs),
        after: readOutputs(stack?.new?.outputs),
        // A preview that fails does not get as far.
        outputs: stack?.new ? outputChanges(stack.old?.outputs, stack.new.outputs) : [],
        diagnostics: diagnostics(events),
        violations: events.flatMap(({ policyEvent }) => policyEvent ?? []),
    };
}

const stackType = "pulumi:pulumi:Stack";

/** Pulumi makes these by itself, and shows them nowhere. */
const defaultProvider = /::pulumi:providers:[^:]+::default/;

/** The last word of a failed preview says nothing that the others do not. */
function diagnostics(events: EngineEvent[]): Diagnostic[] {
    const found = events
        .flatMap(({ diagnosticEvent }) => diagnosticEvent ?? [])
        .flatMap(({ severity, urn, message }): Diagnostic[] =>
            severity === "warning" || severity === "error"
                ? [{ severity, resource: urn?.split("::").at(-1), message: message.trim() }]
                : [],
        );
    const telling = found.filter(({ message }) => message !== "preview failed" && message !== "");
    return [...new Map(telling.map((each) => [JSON.stringify(each), each])).values()];
}
