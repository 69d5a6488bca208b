import * as v from "valibot";
import type { ClusterOutputs, EarlierOutputs, RootOutputs } from "../../stacks/outputs";
import type { Project } from "../project/project";

/** The outputs of a stack as they are, of any role and any version. */
export type RawOutputs = Partial<RootOutputs & ClusterOutputs & EarlierOutputs>;

/** A stack's state: what its resources are without their secrets, which pulumi leaves encrypted. */
export interface StackState {
    outputs: RawOutputs;
    /** When it was last written, milliseconds since 1970. */
    written: number;
    /** The version of the pulumi that wrote it. */
    pulumi: string;
    /** How many resources there are, without Pulumi's own providers, which an update does not count. */
    resources: number;
    /** Whether one of them is protected. */
    isProtected: boolean;
    /** Whether an update was interrupted, or left something for the next one to do. */
    unfinished: boolean;
}

const anything = v.optional(v.unknown());
const resource = v.object({
    urn: v.string(),
    type: v.string(),
    outputs: v.optional(v.record(v.string(), v.unknown())),
    protect: v.optional(v.boolean(), false),
    delete: anything,
    pendingReplacement: anything,
    taint: anything,
    initErrors: anything,
});
const exported = v.object({
    deployment: v.object({
        manifest: v.object({ time: v.string(), version: v.string() }),
        resources: v.optional(v.nullable(v.array(resource)), []),
        pending_operations: v.optional(v.nullable(v.array(v.object({ type: v.string() }))), []),
    }),
});

/** The state of a stack, for which its passphrase is not needed. @throws Error if there is none, or in a form that is not known. */
export async function stackState(project: Project, stack: string): Promise<StackState> {
    const { deployment } = v.parse(exported, JSON.parse(await project.pulumi(stack, "stack", "export")));
    const resources = deployment.resources ?? [];
    const left = resources.some(
        (each) => each.delete || each.pendingReplacement || each.taint || each.initErrors,
    );
    const root = resources.find(({ type }) => type === "pulumi:pulumi:Stack");
    return {
        outputs: root?.outputs ?? {},
        written: Date.parse(deployment.manifest.time),
        pulumi: deployment.manifest.version,
        resources: resources.filter(({ urn }) => !/:pulumi:providers:[^:]+::default/.test(urn)).length,
        isProtected: resources.some(({ protect }) => protect),
        // A creation that was killed stays here, after a later `up` has made up for it, until `pulumi refresh --clear-pending-creates`.
        unfinished: left || (deployment.pending_operations ?? []).some(({ type }) => type !== "creating"),
    };
}
