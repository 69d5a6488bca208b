/** The variable without which a running istiod drops a changed root-cert.pem. */
export const istiodFollows = "ISTIO_MULTIROOT_MESH";

/** The variable by which a proxy picks up a changed trust bundle at once, and not only when it asks for its next certificate. */
export const proxyFollows = "PROXY_CONFIG_XDS_AGENT";

/** What lets the trust of a running mesh change, as values of `istioctl install` or, without their first word, of Helm. */
export const changeableTrust = {
    istiod: `values.pilot.env.${istiodFollows}=true`,
    proxies: `meshConfig.defaultConfig.proxyMetadata.${proxyFollows}=true`,
};
