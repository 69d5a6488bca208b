import { KubernetesObject } from "../kubernetesObject";
import { deployment } from "./deployment";
import { pod } from "./pod";
import { ReadinessRule } from "./readinessRule";
import { service } from "./service";

/** The rule for an object's kind, if its readiness is awaited at all. */
export function readinessRule({ apiVersion, kind }: KubernetesObject): ReadinessRule | undefined {
    return rules[`${apiVersion}/${kind}`];
}

const rules: Record<string, ReadinessRule> = {
    "apps/v1/Deployment": deployment,
    "v1/Pod": pod,
    "v1/Service": service,
};
