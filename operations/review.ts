import { EngineEvent, PreviewOptions } from "@pulumi/pulumi/automation";
import { Diagnostic, StackPreview, reported } from "../review/preview";
import { Review, reviewOf } from "../review/review";
import { message, StackMissing } from "./errors";
import { byRole, chosen, Project, StackEntry } from "./project/project";

/** How to preview stacks. */
export type ReviewOptions = Pick<PreviewOptions, "refresh" | "policyPacks">;

/** Previews the stacks of these names, or root and the clusters: what their `up` would change in trust. */
export async function review(
    project: Project,
    names: string[],
    options: ReviewOptions = {},
): Promise<Review> {
    const { roots, clusters, meshes } = byRole(chosen(project, names));
    const forgotten = names.length === 0 ? await project.forgotten() : [];
    const previews = await project.each([...roots, ...clusters, ...meshes], (entry) =>
        previewStack(project, entry, options),
    );
    return reviewOf(previews, forgotten);
}

/** Previews a stack. Changes nothing, and creates no stack. */
export async function previewStack(
    project: Project,
    { name, role }: StackEntry,
    options: ReviewOptions = {},
): Promise<StackPreview> {
    const events: EngineEvent[] = [];
    try {
        const stack = await project.open(name);
        await stack.preview({ ...options, onEvent: (event) => events.push(event) });
        return { stack: name, role, ...reported(events), succeeded: true };
    } catch (error) {
        const preview = { stack: name, role, ...reported(events), succeeded: false };
        if (preview.diagnostics.some(({ severity }) => severity === "error")) {
            return preview;
        }
        // A violated policy fails the preview, which nevertheless has reported all changes.
        return preview.violations.some(({ enforcementLevel }) => enforcementLevel === "mandatory")
            ? { ...preview, succeeded: true }
            : { ...preview, diagnostics: [...preview.diagnostics, failure(name, error)] };
    }
}

/** Why there was no preview at all: the part of Pulumi's output that it marks as the error. */
function failure(stack: string, error: unknown): Diagnostic {
    if (error instanceof StackMissing) {
        const remedy = `Make it: pulumi stack init ${stack}`;
        return { severity: "error", message: `Stack ${stack} does not exist yet. ${remedy}` };
    }
    const whole = message(error);
    return { severity: "error", message: /^error: (.+)$/m.exec(whole)?.[1] ?? whole };
}
