import { readClusters } from "../../config/root";
import type { Project, StackEntry } from "../project/project";
import { defaultBranch, FleetOptions } from "./fleetOptions";

/** How the Pulumi Kubernetes Operator finds stacks, their state and their secrets. */
export interface OperatorOptions extends FleetOptions {
    /** The namespace of the objects, with a ServiceAccount `pulumi` that the operator may use. Default: pulumi. */
    namespace?: string;
    /** The backend's URL. Default: Pulumi Cloud. */
    backend?: string;
    /** The organization of the stacks. Default: that of whoever the access token belongs to, or of a backend without organizations. */
    organization?: string;
    /** How often each stack is brought up, seconds; at least 60. Default: 300. */
    resyncSeconds?: number;
}

/** Where the kubeconfig is in a workspace. */
const kubeconfigDir = "/kubeconfig";

/**
 * An object `Stack` of the Pulumi Kubernetes Operator (pulumi.com/v1) for each stack. Root and clusters wait for each other in a circle,
 * which converges because each is brought up again and again; a stack that links clusters comes after theirs.
 *
 * Nothing secret is in them. Each refers to Secrets: `<stack>-passphrase` if a passphrase encrypts the stack's secrets,
 * `<stack>-kubeconfig` if it has a cluster, and `pulumi-access-token` without a backend of one's own.
 */
export function operatorStacks(project: Project, entries: StackEntry[], options: OperatorOptions): object[] {
    return entries.map((entry) => operatorStack(project, entry, options));
}

function operatorStack(
    project: Project,
    { name, role, tools }: StackEntry,
    { repo, branch = defaultBranch, repoDir, image, namespace = "pulumi", ...options }: OperatorOptions,
): object {
    const { backend, organization, resyncSeconds = 300 } = options;
    const { secretsProvider } = project.settings(name);
    const asksCluster = tools.length > 0;
    const secret = (secretName: string, key: string) => ({
        type: "Secret",
        secret: { name: secretName, key },
    });
    const env = {
        ...(backend === undefined && { PULUMI_ACCESS_TOKEN: secret("pulumi-access-token", "accessToken") }),
        ...(secretsProvider === "passphrase" && {
            PULUMI_CONFIG_PASSPHRASE: secret(`${name}-passphrase`, "passphrase"),
        }),
        ...(asksCluster && {
            KUBECONFIG: { type: "Literal", literal: { value: `${kubeconfigDir}/config` } },
        }),
    };
    return {
        apiVersion: "pulumi.com/v1",
        kind: "Stack",
        metadata: { name, namespace },
        spec: {
            stack: organization === undefined ? name : `${organization}/${name}`,
            projectRepo: repo,
            branch,
            ...(repoDir !== undefined && { repoDir }),
            ...(backend !== undefined && { backend }),
            ...(secretsProvider !== undefined && secretsProvider !== "passphrase" && { secretsProvider }),
            ...(role === "mesh" && {
                prerequisites: readClusters(project.fileReader(name)).map((cluster) => ({ name: cluster })),
            }),
            envRefs: env,
            // Other stacks' outputs change without a commit.
            continueResyncOnCommitMatch: true,
            resyncFrequencySeconds: resyncSeconds,
            // A stack that waits for another one fails until its turn has come.
            retryMaxBackoffDurationSeconds: resyncSeconds,
            // Who creates a stack decides how its secrets are encrypted.
            useLocalStackOnly: true,
            // Deleting this object must not take a mesh down, or a root's key with it.
            destroyOnFinalize: false,
            serviceAccountName: "pulumi",
            workspaceTemplate: { spec: { image, ...(asksCluster && withKubeconfig(name)) } },
        },
    };
}

function withKubeconfig(stack: string): object {
    const name = "kubeconfig";
    return {
        podTemplate: {
            spec: {
                volumes: [{ name, secret: { secretName: `${stack}-kubeconfig` } }],
                containers: [
                    { name: "pulumi", volumeMounts: [{ name, mountPath: kubeconfigDir, readOnly: true }] },
                ],
            },
        },
    };
}
