/** How pods get their sidecars. */
export const Injection = {
    /** By the namespace's label `istio-injection`. */
    Label: "label",
    /** By `istioctl kube-inject`, as Istio's task does. */
    KubeInject: "kube-inject",
} as const;
export type Injection = (typeof Injection)[keyof typeof Injection];
