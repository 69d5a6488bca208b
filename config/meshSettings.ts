import { Injection } from "../components/injection";
import { MigrationStage } from "../pki/previousCa";

/** Where and how one cluster's mesh is installed. */
export interface MeshSettings {
    access: KnownCluster;
    trustDomain: string;
    /** Undefined unless the mesh migrates from one. */
    previousCa: PreviousCaSettings | undefined;
    istio: IstioSettings;
    workloads: WorkloadSettings;
    verification: MeshVerificationSettings;
    /** Undefined if there are to be none. */
    alerts: AlertsSettings | undefined;
    /** Undefined if the mesh is of this cluster alone. */
    multicluster: MulticlusterSettings | undefined;
}

/** What a cluster is in a mesh of several. */
export interface MulticlusterSettings {
    /** The mesh's name, the same in all of its clusters. */
    meshId: string;
    /** The cluster's network: pods of one network reach each other directly, those of another through its east-west gateway. */
    network: string;
    /** Whether the cluster gets an east-west gateway. */
    gateway: boolean;
}

/** The links between the clusters of a mesh. */
export interface LinksSettings {
    /** The stacks of the clusters. */
    clusters: string[];
    kubeconfig: string;
    /** The kubeconfig's contexts, by cluster; of a missing one it is that by which its stack reached it. */
    contexts: Record<string, string>;
    /** The URLs by which the other clusters reach an API server, by cluster; of a missing one it is the kubeconfig's. */
    apiServers: Record<string, string>;
    /** The text of a kubeconfig by which clusters read each other without a token; undefined: by a token. */
    remoteKubeconfig: string | undefined;
    /** How long a token for a cluster's API server lives, days. */
    tokenDays: number;
    /** Whether an `up` proves the trust between all clusters. */
    verification: boolean;
    /** How long the verification retries before it fails, seconds. */
    timeoutSeconds: number;
}

/** How a cluster's API server is reached. */
export interface ClusterAccess {
    kubeconfig: string;
    context: string;
}

/** A cluster, and which one it must be. */
export interface KnownCluster extends ClusterAccess {
    /** The UID of its namespace kube-system; undefined: that of the cluster that the mesh is in. */
    clusterUid: string | undefined;
}

/** A Secret that cert-manager, Vault or somebody else maintains. */
export interface SourceSecret extends ClusterAccess {
    namespace: string;
    name: string;
}

/** The CA that a live mesh has used until now, and how far the mesh has migrated from it to its stack's. */
export interface PreviousCaSettings extends SourceSecret {
    stage: MigrationStage;
}

/**
 * Who owns Istio. install: the stack creates its namespace and installs it; adopt: both exist, and the stack takes over Istio; external:
 * somebody else installs it.
 */
export const istioModes = ["install", "adopt", "external"] as const;
export type IstioMode = (typeof istioModes)[number];

/** Who owns Istio, and how it is installed. */
export interface IstioSettings {
    mode: IstioMode;
    profile: string;
    /** Values for `istioctl install --set`, each as path=value. */
    set: string[];
    /** The text of an IstioOperator file. */
    operator: string | undefined;
    /** In how many minutes proxies pick up a renewed intermediate, each at a time of its own; undefined: all at once. */
    reissueMinutes: number | undefined;
}

/** The workloads that a stack deploys, and their connections. */
export interface WorkloadSettings {
    /** Whether the samples httpbin and sleep are deployed. */
    samples: boolean;
    /** How they get their proxies. */
    injection: Injection;
    /** How long a connection between workloads may live, minutes; 0: no limit. */
    maxConnectionMinutes: number;
}

/** How an `up` verifies the mesh. */
export interface MeshVerificationSettings {
    enabled: boolean;
    timeoutSeconds: number;
    /** The proxies that it leaves out: each `namespace/pod` or `node/name`, with `*` for any characters. */
    exclude: string[];
}

/** Where the alerts on certificates that expire are put, and the labels by which Prometheus Operator and Grafana select them. */
export interface AlertsSettings {
    namespace: string;
    labels: Record<string, string>;
}
