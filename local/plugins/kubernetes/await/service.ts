import { isMap } from "../../properties";
import { KubernetesObject, pluck, pluckList } from "../kubernetesObject";
import type { Readiness, ReadinessRule } from "./readinessRule";

/**
 * A Service is ready when it has endpoints, none of them unready, and nothing has changed for 10 seconds; a
 * load balancer also needs its address. A headless Service, one of type ExternalName and one without a
 * selector have no endpoints to wait for.
 */
export const service: ReadinessRule = {
    settle: (object) => (needsEndpoints(object) ? 10 : 0),
    related: ({ metadata: { namespace, name = "" } }) => [
        {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            namespace,
            labelSelector: `kubernetes.io/service-name=${name}`,
        },
    ],
    evaluate: ({ object, related: [slices = []] }): Readiness => {
        const targeted = !needsEndpoints(object) || hasReadyEndpoints(slices);
        const addressed = !isType(object, "LoadBalancer") || hasLoadBalancer(object);
        const step = targeted
            ? "[2/3] Attempting to allocate IP address to Service"
            : "[1/3] Finding Pods to direct traffic to";
        return {
            ready: targeted && addressed,
            messages: targeted && addressed ? [] : [{ severity: "info", text: step }],
            errors: [...(targeted ? [] : [noPods]), ...(addressed ? [] : [noAddress])],
        };
    },
};

const noPods =
    "Service does not target any Pods. Selected Pods may not be ready, or field '.spec.selector' may not match " +
    "labels on any Pods";

const noAddress = "Service was not allocated an IP address; does your cloud provider support this?";

/** Whether the Service routes to endpoints that its selector finds. */
function needsEndpoints(object: KubernetesObject): boolean {
    const selector = pluck(object["spec"], "selector");
    return (
        pluck(object["spec"], "clusterIP") !== "None" &&
        !isType(object, "ExternalName") &&
        isMap(selector) &&
        Object.keys(selector).length > 0
    );
}

/** Endpoints that are going away do not count as unready. */
function hasReadyEndpoints(slices: KubernetesObject[]): boolean {
    const conditions = slices
        .flatMap((slice) => pluckList(slice, "endpoints"))
        .map((endpoint) => ({
            ready: pluck(endpoint, "conditions", "ready") !== false,
            terminating: pluck(endpoint, "conditions", "terminating") === true,
        }));
    return (
        conditions.some(({ ready }) => ready) &&
        conditions.every(({ ready, terminating }) => ready || terminating)
    );
}

function hasLoadBalancer(object: KubernetesObject): boolean {
    return pluckList(object["status"], "loadBalancer", "ingress").length > 0;
}

function isType(object: KubernetesObject, type: string): boolean {
    return pluck(object["spec"], "type") === type;
}
