import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as pulumi from "@pulumi/pulumi";
import { clusterEnvironment, hostCommand } from "./hostCommand";
import { runScript } from "./scripts";

/** The ServiceAccount by which other clusters read a cluster. */
const readerName = "istio-plugin-ca-reader";

/** Arguments of {@link RemoteReader}. */
export interface RemoteReaderArgs {
    /** Path of the kubeconfig. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context. */
    context: pulumi.Input<string>;
    /** The UID of the cluster's namespace kube-system: in another cluster it runs again. Default: none, so clusters are not distinguished. */
    clusterUid?: pulumi.Input<string>;
    /** Istio's namespace. Default: istio-system. */
    namespace?: pulumi.Input<string>;
    /** How many days the token lives. An API server may give less. Default: 90. */
    tokenDays?: pulumi.Input<number>;
    /** Whether there are a ServiceAccount and a token at all; false if others read the cluster as somebody else. Default: true. */
    issueToken?: boolean;
    /** Which token it is; another number makes another token. The previous token lives until it expires. Default: 1. */
    tokenNumber?: pulumi.Input<number>;
}

/**
 * How the istiods of other clusters read the Services, endpoints and workloads of this one: a ServiceAccount with the rights of Istio's own
 * reader (ClusterRole istio-reader-clusterrole-<namespace>, istio manifests/charts/base) and a token for it that expires. All of its tokens
 * end with the ServiceAccount.
 */
export class RemoteReader extends pulumi.ComponentResource {
    /** The token. Secret; empty without one. */
    readonly token: pulumi.Output<string>;
    /** When the token expires, ISO 8601; empty without one. */
    readonly expires: pulumi.Output<string>;
    /** The certificates that verify the API server, PEM. */
    readonly caPem: pulumi.Output<string>;

    constructor(name: string, args: RemoteReaderArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:RemoteReader", name, args, opts);
        const { namespace = "istio-system", tokenDays = 90, tokenNumber = 1, issueToken = true } = args;
        const reader = issueToken ? this.reader(name, namespace) : undefined;
        const create = runScript("remote-token.sh");
        const { stdout } = hostCommand(
            `${name}-token`,
            {
                create,
                update: create,
                environment: {
                    ...clusterEnvironment(args),
                    NAMESPACE: namespace,
                    SERVICE_ACCOUNT: issueToken ? readerName : "",
                    TOKEN_HOURS: pulumi.output(tokenDays).apply((days) => String(24 * days)),
                    TOKEN_NUMBER: pulumi.output(tokenNumber).apply(String),
                    // The tokens of a ServiceAccount that was deleted are those of no other one.
                    ACCOUNT_UID: reader?.account.metadata.uid ?? "",
                },
            },
            {
                parent: this,
                additionalSecretOutputs: ["stdout"],
                dependsOn: reader ? [reader.account, reader.binding] : [],
            },
        );
        const read = stdout.apply((text) => readToken(text));
        this.token = pulumi.secret(read.apply(({ token }) => token));
        this.expires = pulumi.unsecret(read.apply(({ expires }) => expires));
        this.caPem = pulumi.unsecret(read.apply(({ caPem }) => caPem));
        this.registerOutputs({ token: this.token, expires: this.expires, caPem: this.caPem });
    }

    private reader(
        name: string,
        namespace: pulumi.Input<string>,
    ): { account: ServiceAccount; binding: ClusterRoleBinding } {
        const account = new ServiceAccount(
            `${name}-account`,
            { metadata: { name: readerName, namespace } },
            { parent: this },
        );
        const binding = new ClusterRoleBinding(
            `${name}-binding`,
            {
                metadata: { name: readerName },
                roleRef: {
                    apiGroup: "rbac.authorization.k8s.io",
                    kind: "ClusterRole",
                    name: pulumi.interpolate`istio-reader-clusterrole-${namespace}`,
                },
                subjects: [{ kind: "ServiceAccount", name: readerName, namespace }],
            },
            { parent: this },
        );
        return { account, binding };
    }
}

/** What remote-token.sh printed; nothing if `up --target` leaves the Command out before its first run. */
function readToken(text = ""): { expires: string; token: string; caPem: string } {
    const [, expires = "", token = "", caPem = ""] = /^(\S*) (\S*)\n([^]*)$/.exec(text) ?? [];
    return { expires, token, caPem };
}
