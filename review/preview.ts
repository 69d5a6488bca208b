import type { EngineEvent, PolicyEvent } from "@pulumi/pulumi/automation";
import { OutputChange, outputChanges, Outputs, readOutputs } from "./outputs";
import { Resource, resource } from "./resource";

/** A warning or an error of the engine, a provider or the program. */
export interface Diagnostic {
    severity: "warning" | "error";
    /** The name of the resource that it concerns, if any. */
    resource?: string;
    message: string;
}

/** What the preview of a stack reported. */
export interface StackPreview {
    stack: string;
    role: string;
    resources: Resource[];
    before: Outputs;
    after: Outputs;
    /** All outputs that change, including those that nothing else reads. */
    outputs: OutputChange[];
    diagnostics: Diagnostic[];
    violations: PolicyEvent[];
    succeeded: boolean;
}

/** What the events of a preview report. */
export function reported(events: EngineEvent[]): Omit<StackPreview, "stack" | "role" | "succeeded"> {
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
        // A preview that fails does not reach this point.
        outputs: stack?.new ? outputChanges(stack.old?.outputs, stack.new.outputs) : [],
        diagnostics: diagnostics(events),
        violations: events.flatMap(({ policyEvent }) => policyEvent ?? []),
    };
}

const stackType = "pulumi:pulumi:Stack";

/** Pulumi creates these itself and does not show them. */
const defaultProvider = /::pulumi:providers:[^:]+::default/;

/** Leaves out the final message of a failed preview, which adds nothing to the others. */
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
