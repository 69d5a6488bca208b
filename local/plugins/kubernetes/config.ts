/**
 * What a program says in the arguments of `kubernetes.Provider`, or a user in the stack's configuration.
 */
export interface ProviderConfig {
    /**
     * The path of a kubeconfig or its content; empty: `KUBECONFIG`, `~/.kube/config` or the pod's own
     * account.
     */
    kubeconfig: string;
    /** The kubeconfig's context; empty: its current context. */
    context: string;
    /** The kubeconfig's cluster; empty: the context's. */
    cluster: string;
    /** The namespace of objects that name none; empty: the context's. */
    namespace: string;
    /** Whether updates are server-side apply. Default true. */
    enableServerSideApply: boolean;
    /** Whether an apply takes over fields that others manage. Default false. */
    enablePatchForce: boolean;
    /** Whether a Secret is updated in place rather than replaced. Default false. */
    enableSecretMutable: boolean;
    /** Whether a ConfigMap is updated in place rather than replaced. Default false. */
    enableConfigMapMutable: boolean;
    /** Whether creating an object that exists updates it. Default false. */
    upsertExistingObjects: boolean;
    /** Whether the resources of an unreachable cluster count as deleted. Default false. */
    deleteUnreachable: boolean;
    /** Whether the resources of an unreachable cluster are left as they are. Default false. */
    skipUpdateUnreachable: boolean;
}

/**
 * The configuration of a Configure request.
 *
 * @param variables by names such as `kubernetes:config:context`; they have precedence over the environment.
 */
export function readConfig(
    variables: Record<string, string>,
    environment: NodeJS.ProcessEnv = process.env,
): ProviderConfig {
    const text = (name: string): string => variables[`kubernetes:config:${name}`] ?? "";
    const flag = (name: string, variable: string, otherwise = false): boolean => {
        const value = variables[`kubernetes:config:${name}`] ?? environment[variable];
        return value === undefined ? otherwise : value === "true";
    };
    return {
        kubeconfig: text("kubeconfig"),
        context: text("context"),
        cluster: text("cluster"),
        namespace: text("namespace"),
        enableServerSideApply: flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true),
        enablePatchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE"),
        enableSecretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE"),
        enableConfigMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE"),
        upsertExistingObjects: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS"),
        deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE"),
        skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE"),
    };
}
