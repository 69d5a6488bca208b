import * as v from "valibot";
import type { Project } from "../project/project";
import type { StackState } from "./stackState";

const update = v.object({
    kind: v.string(),
    result: v.string(),
    startTime: v.string(),
    endTime: v.string(),
    environment: v.record(v.string(), v.string()),
    resourceChanges: v.optional(v.nullable(v.record(v.string(), v.number())), {}),
});

type Update = v.InferOutput<typeof update>;

/** The options of an `up` that runs the whole program on all resources. Others choose resources, or settings. */
const whole = [
    ...["yes", "skip-preview", "stack", "non-interactive", "color", "parallel", "message", "diff", "refresh"],
    ...["policy-pack", "policy-pack-config"],
    ...["event-log", "exec-kind", "exec-agent", "cwd", "suppress-outputs", "suppress-progress"],
];

/**
 * Why a state is not what a whole and successful `up` has left; undefined if it is. The state was written during the stack's last
 * update: a killed one leaves no entry in the history, and neither does `pulumi stack import`. It has the resources that the update
 * counted: `pulumi state delete` leaves fewer.
 */
export async function notAsLastUp(
    project: Project,
    stack: string,
    state: StackState,
): Promise<string | undefined> {
    const printed = await project.pulumi(stack, "stack", "history", "--json", "--page-size", "1");
    const [last] = v.parse(v.array(update), JSON.parse(printed));
    if (!last) {
        return "its history is empty";
    }
    if (last.kind !== "update" || last.result !== "succeeded") {
        return `its last update was ${last.kind === "update" ? "an up" : `a ${last.kind}`} that ${last.result === "succeeded" ? "changed its state" : last.result}`;
    }
    const flags = Object.keys(last.environment).flatMap((key) => /^pulumi\.flag\.(.+)$/.exec(key)?.[1] ?? []);
    const partial = flags.filter((flag) => !whole.includes(flag));
    if (partial.length > 0) {
        return `its last up had the option ${partial.map((flag) => `--${flag}`).join(", ")}`;
    }
    return during(last, state.written) && counted(last) === state.resources
        ? undefined
        : "its state is not the one that its last up has left";
}

/** The history has seconds. */
function during({ startTime, endTime }: Update, time: number): boolean {
    return Date.parse(startTime) <= time && time < Date.parse(endTime) + 1000;
}

function counted({ resourceChanges }: Update): number {
    const changes = Object.entries(resourceChanges ?? {}).filter(([change]) => change !== "delete");
    return changes.reduce((sum, [, count]) => sum + count, 0);
}
