import { PropertyMap } from "../../provider";
import { isMap } from "../../properties";
import { KubernetesObject, pluck, pluckList } from "../kubernetesObject";
import type { Readiness, ReadinessRule } from "./readinessRule";

/**
 * A Pod is ready when it is scheduled, its init containers have ended, and its containers are ready or have
 * succeeded.
 */
export const pod: ReadinessRule = {
    related: () => [],
    evaluate: ({ object }): Readiness => {
        const step = steps.find(({ type }) => !isDone(object, type));
        const errors = podErrors(object);
        return {
            ready: step === undefined,
            messages: [
                ...(step
                    ? [{ severity: "info" as const, text: `Waiting for Pod "${podName(object)}" ${step.to}` }]
                    : []),
                ...errors.map((text) => ({ severity: "warning" as const, text })),
            ],
            errors,
        };
    },
};

/** Why a pod is not ready, as far as its containers say; empty while it is merely starting. */
export function podErrors(object: KubernetesObject): string[] {
    const step = steps.find(({ type }) => !isDone(object, type));
    const condition = step && podCondition(object, step.type);
    if (!condition || step.type === "PodScheduled") {
        return [];
    }
    const failures = pluckList(object["status"], "containerStatuses").filter(isMap).flatMap(containerErrors);
    const { reason, message } = condition as { reason?: string; message?: string };
    if (failures.length === 0 && !message) {
        return [];
    }
    return [`[Pod ${podName(object)}]: ${reason && message ? message : ""}${failures.join("\n")}`];
}

/** Whether the owner is one of the object's ownerReferences. */
export function isOwnedBy({ metadata }: KubernetesObject, owner: KubernetesObject): boolean {
    return pluckList(metadata, "ownerReferences").some(
        (reference) => pluck(reference, "uid") === owner.metadata.uid,
    );
}

const steps = [
    { type: "PodScheduled", to: "to be scheduled" },
    { type: "Initialized", to: "to be initialized" },
    { type: "Ready", to: "to be ready" },
] as const;

function isDone(object: KubernetesObject, type: string): boolean {
    const succeeded = type === "Ready" && pluck(object["status"], "phase") === "Succeeded";
    return podCondition(object, type)?.["status"] === "True" || succeeded;
}

function podCondition(object: KubernetesObject, type: string): PropertyMap | undefined {
    return pluckList(object["status"], "conditions")
        .filter(isMap)
        .find((condition) => condition["type"] === type);
}

function containerErrors(status: PropertyMap): string[] {
    if (status["ready"] === true) {
        return [];
    }
    const name = status["name"] as string;
    const waiting = pluck(status, "state", "waiting") as ContainerState | undefined;
    const terminated = pluck(status, "state", "terminated") as ContainerState | undefined;
    const last = pluck(status, "lastState", "terminated") as ContainerState | undefined;
    return [
        ...(waiting && waiting.reason !== "ContainerCreating"
            ? [`[${waiting.reason}] ${trim(waiting.message)}`]
            : []),
        ...(terminated?.reason
            ? terminated.message
                ? [`[${terminated.reason}] ${trim(terminated.message)}`]
                : [`container "${name}" completed with exit code ${terminated.exitCode}`]
            : []),
        ...(last
            ? [
                  `container "${name}" terminated at ${last.finishedAt} (${last.reason}: exit code ${last.exitCode})`,
              ]
            : []),
        ...(last?.message ? [last.message] : []),
    ];
}

interface ContainerState {
    reason?: string;
    message?: string;
    exitCode?: number;
    finishedAt?: string;
}

function trim(message = ""): string {
    return message
        .replace(/^rpc error: code = Unknown desc = Error response from daemon: /, "")
        .replace(/: manifest unknown$/, "");
}

/** The namespace `default` is left out. */
function podName({ metadata: { namespace, name = "" } }: KubernetesObject): string {
    return namespace && namespace !== "default" ? `${namespace}/${name}` : name;
}
