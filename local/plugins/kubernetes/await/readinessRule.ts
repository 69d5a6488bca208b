import { LogSeverity } from "../../provider";
import { KubernetesObject, ObjectQuery } from "../kubernetesObject";

/** When objects of one kind count as ready. */
export interface ReadinessRule {
    /** What the rule looks at in addition to the object. */
    related(object: KubernetesObject): ObjectQuery[];
    evaluate(observed: Observed): Readiness;
    /** Seconds for which nothing may change before a ready object counts as ready. Default 0. */
    settle?(object: KubernetesObject): number;
}

export interface Observed {
    object: KubernetesObject;
    /** The live object before the update; undefined after a creation and on a read. */
    previous?: KubernetesObject;
    /** One list for each query of {@link ReadinessRule.related}. */
    related: KubernetesObject[][];
}

export interface Readiness {
    ready: boolean;
    /** What to show while waiting, the most telling last. */
    messages: { severity: LogSeverity; text: string }[];
    /** What is still missing. */
    errors: string[];
}
