/** Where Istio's objects are in the API. */
export const system = "/api/v1/namespaces/istio-system";

/** What an API server without a mesh answers. */
export const noMesh: Record<string, object> = { [`${system}/pods`]: { items: [] } };

/**
 * What the API server holds of a mesh.
 *
 * @param trustBundle - the roots that its workloads trust, PEM
 * @param secrets - by name, in istio-system
 * @param changeable - whether Istio was installed so that its trust can change
 */
export function meshOf(
    trustBundle: string,
    secrets: Record<string, object> = {},
    changeable = false,
): Record<string, object> {
    const ready = { conditions: [{ type: "Ready", status: "True" }] };
    const env = changeable ? [{ name: "ISTIO_MULTIROOT_MESH", value: "true" }] : [];
    const istiod = { metadata: {}, spec: { containers: [{ name: "discovery", env }] }, status: ready };
    const mesh = "defaultConfig: { proxyMetadata: { PROXY_CONFIG_XDS_AGENT: 'true' } }";
    const named = Object.entries(secrets).map(([name, secret]) => [`${system}/secrets/${name}`, secret]);
    return {
        [`${system}/pods`]: { items: [istiod] },
        [`${system}/configmaps/istio-ca-root-cert`]: { data: { "root-cert.pem": trustBundle } },
        ...(changeable && { [`${system}/configmaps/istio`]: { data: { mesh } } }),
        ...(Object.fromEntries(named) as Record<string, object>),
    };
}

/** A Secret as the API has it. */
export function secretOf(name: string, type: string, files: Record<string, string>): object {
    const data = Object.entries(files).map(([file, text]) => [file, Buffer.from(text).toString("base64")]);
    return { metadata: { name }, type, data: Object.fromEntries(data) as object };
}
