import { V1ConfigMap, V1LabelSelector, V1Namespace } from "@kubernetes/client-node";
import { parse } from "yaml";
import { Certificate, sameCertificates } from "../pki/certificate";
import { ExpectedCa } from "./expectedCa";
import { found } from "../kube/apiError";
import { Cluster } from "../kube/cluster";
import { Check, Observation } from "./report";
import { listAll, request } from "../kube/requests";

const configMapName = "istio-ca-root-cert";
const dataKey = "root-cert.pem";

/** Namespaces in which istiod writes no ConfigMap (istio pkg/kube/inject/initializer.go, without kube-system). */
const ignoredNamespaces = ["kube-public", "kube-node-lease", "local-path-storage"];

/** Compares the roots that istiod gives each namespace with the expected ones. */
export async function observeRootConfigMaps(
    cluster: Cluster,
    istioNamespace: string,
    expected: ExpectedCa,
): Promise<Observation> {
    const fieldSelector = `metadata.name=${configMapName}`;
    const [namespaces, items] = await Promise.all([
        managedNamespaces(cluster, istioNamespace),
        listAll(
            (page, options) =>
                cluster.core.listConfigMapForAllNamespaces({ fieldSelector, ...page }, options),
            (configMap) => [configMap],
        ),
    ]);
    return { checks: [configMapCheck(namespaces, items, expected)] };
}

/** Every namespace must have the ConfigMap, and it must hold the expected roots and no other. */
export function configMapCheck(
    namespaces: string[],
    configMaps: V1ConfigMap[],
    { roots }: ExpectedCa,
): Check {
    const byNamespace = new Map(
        configMaps.map((each) => [each.metadata!.namespace, each.data?.[dataKey] ?? ""]),
    );
    const faults = namespaces.flatMap((namespace) => {
        const pem = byNamespace.get(namespace);
        if (pem === undefined) {
            return [`${namespace}: missing`];
        }
        const certificates = Certificate.strictly(pem);
        return sameCertificates(certificates, roots)
            ? []
            : [`${namespace}: ${certificates.map((each) => each.short).join(", ") || "no certificate"}`];
    });
    return {
        name: `ConfigMaps ${configMapName} = root-cert.pem`,
        expected: `${roots.map((each) => each.short).join(", ")} in ${namespaces.length} namespaces`,
        observed: faults.join("; ") || `the same in ${namespaces.join(", ")}`,
        ok: faults.length === 0 && namespaces.length > 0,
    };
}

/** A label selector in the words of the API's query parameter. */
export function selectorQuery({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): string {
    return [
        ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
        ...matchExpressions.map(({ key, operator, values = [] }) => {
            switch (operator) {
                case "Exists":
                    return key;
                case "DoesNotExist":
                    return `!${key}`;
                default:
                    return `${key} ${operator.toLowerCase()} (${values.join(",")})`;
            }
        }),
    ].join(",");
}

/** The active namespaces that istiod manages: all but those that the mesh's discoverySelectors leave out. */
async function managedNamespaces(cluster: Cluster, istioNamespace: string): Promise<string[]> {
    const where = { namespace: istioNamespace, name: "istio" };
    const config = await found(request((options) => cluster.core.readNamespacedConfigMap(where, options)));
    const mesh = parse(config?.data?.["mesh"] ?? "{}") as { discoverySelectors?: V1LabelSelector[] } | null;
    const queries = mesh?.discoverySelectors?.length
        ? mesh.discoverySelectors.map(selectorQuery)
        : [undefined];
    const lists = await Promise.all(
        queries.map((labelSelector) =>
            listAll(
                (page, options) => cluster.core.listNamespace({ labelSelector, ...page }, options),
                (namespace) => (isActive(namespace) ? [namespace.metadata!.name!] : []),
            ),
        ),
    );
    return [...new Set(lists.flat())].filter((name) => !ignoredNamespaces.includes(name)).sort();
}

function isActive({ status }: V1Namespace): boolean {
    return status?.phase !== "Terminating";
}
