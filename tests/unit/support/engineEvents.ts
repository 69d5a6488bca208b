import type { EngineEvent, OpType } from "@pulumi/pulumi/automation";
import { reported } from "../../../review/preview";
import type { StackPreview } from "../../../review/preview";
import { unknownValue } from "../../../review/values";
import type { ClusterOutputs, EarlierOutputs, RootOutputs } from "../../../stacks/outputs";

/** A stack's outputs as its program returns them; a value that is not known before the `up` is {@link unknownValue}. */
export type StackOutputs = { [Name in keyof (RootOutputs & ClusterOutputs & EarlierOutputs)]?: unknown };

/** A step of a preview. */
export interface Step {
    type: string;
    name: string;
    op: OpType;
    /** The inputs before the step and after it. */
    old?: object;
    new?: object;
    /** The properties that change, or force a replacement. */
    changed?: string[];
    /** Whether the resource was protected before, and still is. */
    protect?: [boolean, boolean];
}

/** A preview as the engine's events report it. */
export interface Told {
    stack?: string;
    role?: string;
    before?: StackOutputs;
    after?: StackOutputs;
    steps?: Step[];
    /** Further events, as the engine wrote them. */
    events?: EngineEvent[];
    succeeded?: boolean;
}

/** What the review's reader makes of a preview; everything goes through JSON, as the engine's events do. */
export function previewOf({
    stack = "cluster1",
    role = "cluster",
    succeeded = true,
    ...more
}: Told): StackPreview {
    const { before, after, steps = [], events = [] } = more;
    const outputs = before || after ? [stackEvent(before ?? {}, after ?? {})] : [];
    const all = JSON.stringify([...steps.map(stepEvent), ...outputs, ...events]);
    return { stack, role, succeeded, ...reported(JSON.parse(all) as EngineEvent[]) };
}

export { unknownValue };

function stackEvent(before: object, after: object): object {
    const type = "pulumi:pulumi:Stack";
    const urn = `urn:pulumi:cluster1::istio-plugin-ca::${type}::istio-plugin-ca-cluster1`;
    return {
        resOutputsEvent: {
            metadata: { op: "same", urn, type, old: { outputs: before }, new: { outputs: after } },
        },
    };
}

function stepEvent({ type, name, op, changed, protect = [false, false], ...states }: Step): object {
    const [old, next] = [states.old, states.new].map((inputs, index) => ({
        inputs: inputs ?? {},
        outputs: {},
        custom: true,
        protect: protect[index],
    }));
    return {
        resourcePreEvent: {
            metadata: {
                op,
                urn: `urn:pulumi:cluster1::istio-plugin-ca::${type}::${name}`,
                type,
                old: op === "create" ? undefined : old,
                new: op === "delete" ? undefined : next,
                ...(op === "replace" ? { keys: changed } : { diffs: changed }),
            },
        },
    };
}
