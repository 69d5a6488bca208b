import { KubernetesObject } from "../kubernetesObject";
import { deployment } from "./deployment";
import { pod } from "./pod";
import { ReadinessRule } from "./readinessRule";
import { service } from "./service";
import { waitFor } from "./waitFor";

/** An object's own rule, or the one for its kind, if its readiness is awaited at all. */
export function readinessRule(object: KubernetesObject): ReadinessRule | undefined {
    return waitFor(object) ?? rules[`${object.apiVersion}/${object.kind}`];
}

const rules: Record<string, ReadinessRule> = {
    "apps/v1/Deployment": deployment,
    "v1/Pod": pod,
    "v1/Service": service,
};
