/** The label by which Istio's namespace names its cluster's network. */
export const networkLabel = "topology.istio.io/network";
