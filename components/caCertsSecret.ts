import * as pulumi from "@pulumi/pulumi";
import { Namespace, Secret } from "@pulumi/kubernetes/core/v1";
import { networkLabel } from "./networkLabel";
import { caCertsSecretName, caKeyFile } from "../pki/caFiles";
import { formatFindings } from "../pki/rules/finding";
import { checkCa } from "../pki/rules/checkCa";
import { CaPemArgs, filesOf } from "./caPems";

/** Arguments of {@link CaCertsSecret}. */
export interface CaCertsSecretArgs extends CaPemArgs {
    /** The signing key, PEM. Secret. */
    privateKeyPem: pulumi.Input<string>;
    /**
     * Whether the Secret, which this stack has created, stays as it is, whatever files and key are given: for a key that is gone from
     * the state, of which the Secret has the only copy. Default: false.
     */
    keepFiles?: boolean;
    /** The mesh's trust domain, which name constraints of the CA must permit. Default: cluster.local. */
    trustDomain?: string;
    /** Istio's namespace. Default: istio-system. */
    namespace?: string;
    /** Whether the namespace is created too; false if it exists already. Default: true. */
    createNamespace?: boolean;
    /**
     * The cluster's network in a mesh of several clusters, as the label topology.istio.io/network says it of a namespace that is
     * created here. Default: no label.
     */
    network?: string;
}

/**
 * The Secret `cacerts`, which istiod mounts as its plugged-in CA, and Istio's namespace around it.
 *
 * The provider must have `enableSecretMutable: true`. Without it a renewal deletes and creates the Secret,
 * and an istiod that starts in between generates a CA of its own (istio pilot/pkg/bootstrap/istio_ca.go).
 */
export class CaCertsSecret extends pulumi.ComponentResource {
    /** Istio's namespace. */
    readonly namespace: pulumi.Output<string>;

    constructor(name: string, args: CaCertsSecretArgs, opts?: pulumi.ComponentResourceOptions) {
        const { caCertPem, certChainPem, rootCertPem, crlPem, privateKeyPem, ...visible } = args;
        // The key is left out because a component's args are saved in the state, the files because the namespace
        // would wait for them.
        super("istio-plugin-ca:index:CaCertsSecret", name, visible, opts);
        const { namespace: namespaceName = "istio-system", createNamespace = true, keepFiles = false } = args;
        const { network } = args;
        const namespace = createNamespace
            ? new Namespace(
                  `${name}-namespace`,
                  {
                      metadata: {
                          name: namespaceName,
                          ...(network !== undefined && { labels: { [networkLabel]: network } }),
                      },
                  },
                  { parent: this },
              )
            : undefined;
        this.namespace = namespace?.metadata.name ?? pulumi.output(namespaceName);
        new Secret(
            `${name}-secret`,
            {
                metadata: { name: caCertsSecretName, namespace: this.namespace },
                stringData: pulumi.secret(
                    pulumi
                        .all([{ caCertPem, certChainPem, rootCertPem, crlPem }, privateKeyPem])
                        .apply(([pems, key]) =>
                            keepFiles
                                ? filesOf(pems)
                                : this.checked({ ...filesOf(pems), [caKeyFile]: key }, args.trustDomain),
                        ),
                ),
            },
            {
                parent: this,
                deletedWith: namespace,
                retainOnDelete: opts?.retainOnDelete,
                // `kubectl apply` writes all of a Secret into an annotation, which a refresh brings into the state.
                additionalSecretOutputs: ["metadata"],
                ignoreChanges: keepFiles ? ["stringData", "data"] : [],
            },
        );
        this.registerOutputs({ namespace: this.namespace });
    }

    /** Before the Secret is written, and at preview if all is known: what istiod or workloads would reject. */
    private checked(files: Record<string, string>, trustDomain?: string): Record<string, string> {
        const findings = checkCa(files, { trustDomain });
        const errors = findings.filter(({ severity }) => severity === "error");
        if (errors.length > 0) {
            const heading = `This CA cannot be plugged in, ${caCertsSecretName} was left as it is:`;
            throw new pulumi.ResourceError(`${heading}\n${formatFindings(errors)}`, this, true);
        }
        if (findings.length > 0) {
            void pulumi.log.warn(formatFindings(findings), this);
        }
        return files;
    }
}
