import { annotation, annotations, KubernetesObject, pluck } from "../kubernetesObject";
import type { ReadinessRule } from "./readinessRule";

/** `jsonpath={.status.loadBalancer.ingress}`: names of properties alone. */
const pathForm = /^jsonpath=\{((?:\.[\w-]+)+)\}$/;

/**
 * The rule that an object's annotation `pulumi.com/waitFor` sets in place of its kind's: it is ready once there is a value at the path.
 * Undefined without the annotation.
 *
 * @throws Error if it has another form than this.
 */
export function waitFor(object: KubernetesObject): ReadinessRule | undefined {
    const wanted = annotation(object, annotations.waitFor);
    if (wanted === "") {
        return undefined;
    }
    const path = pathForm.exec(wanted)?.[1];
    if (path === undefined) {
        throw new Error(
            `the annotation ${annotations.waitFor} is ${JSON.stringify(wanted)}: without the official Pulumi kubernetes provider it may only have the form jsonpath={.status.property}`,
        );
    }
    return {
        related: () => [],
        evaluate: ({ object: live }) => {
            const ready = pluck(live, ...path.slice(1).split(".")) !== undefined;
            const missing = `Waiting for ${wanted}`;
            return ready
                ? { ready, messages: [], errors: [] }
                : { ready, messages: [{ severity: "info", text: missing }], errors: [missing] };
        },
    };
}
