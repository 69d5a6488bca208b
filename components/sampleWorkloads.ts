import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Namespace, Service, ServiceAccount } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import { clusterEnvironment, hostCommand } from "./hostCommand";
import { Injection } from "./injection";
import { runScript } from "./scripts";
import { httpbin, Sample, sleep } from "./samples";

/** Arguments of {@link SampleWorkloads}. */
export interface SampleWorkloadsArgs {
    /**
     * The version of Istio, from IstioInstall: the pods and their policy wait for it. The rest does not: so on the way
     * back the namespace, which takes a while to be deleted, is deleted in parallel. Default: none, Istio is there already.
     */
    istio?: pulumi.Input<string>;
    /** Their namespace, which is made too. Default: foo. */
    namespace?: string;
    /** How the pods get their sidecars. Default: label. */
    injection?: Injection;
    /** Path of the kubeconfig, for `kube-inject`. */
    kubeconfig: pulumi.Input<string>;
    /** The kubeconfig's context, for `kube-inject`. */
    context: pulumi.Input<string>;
    /** The UID of the cluster's namespace kube-system: in another cluster it runs again. Default: none, so clusters are not distinguished. */
    clusterUid?: pulumi.Input<string>;
}

/** Istio's samples httpbin and sleep in a namespace that accepts mutual TLS only. */
export class SampleWorkloads extends pulumi.ComponentResource {
    /** The samples' namespace. */
    readonly namespace: pulumi.Output<string>;

    constructor(name: string, args: SampleWorkloadsArgs, opts?: pulumi.ComponentResourceOptions) {
        const { istio, ...visible } = args;
        super("istio-plugin-ca:index:SampleWorkloads", name, visible, opts);
        const byLabel = args.injection !== Injection.KubeInject;
        const namespace = new Namespace(
            `${name}-namespace`,
            {
                metadata: {
                    name: args.namespace ?? "foo",
                    labels: byLabel ? { "istio-injection": "enabled" } : {},
                },
            },
            { parent: this },
        );
        this.namespace = namespace.metadata.name;
        const withNamespace = { parent: this, deletedWith: namespace };
        const strict = new CustomResource(
            `${name}-strict`,
            {
                apiVersion: "security.istio.io/v1",
                kind: "PeerAuthentication",
                metadata: { name: "default", namespace: this.namespace },
                spec: { mtls: { mode: "STRICT" } },
            },
            { ...withNamespace, dependsOn: pulumi.output(istio).apply(() => []) },
        );
        for (const sample of [httpbin, sleep]) {
            const account = new ServiceAccount(
                `${name}-${sample.name}`,
                { metadata: { name: sample.name, namespace: this.namespace } },
                withNamespace,
            );
            this.service(name, sample, withNamespace);
            const childOpts = { parent: this, dependsOn: [account, strict] };
            if (byLabel) {
                new Deployment(`${name}-${sample.name}`, sample.deployment(this.namespace), childOpts);
            } else {
                this.injectedDeployment(name, sample, args, childOpts);
            }
        }
        this.registerOutputs({ namespace: this.namespace });
    }

    /** Ready with its Deployment, which is waited for: waiting for its endpoints as well would only take longer. */
    private service(name: string, sample: Sample, opts: pulumi.CustomResourceOptions) {
        const metadata = {
            name: sample.name,
            namespace: this.namespace,
            labels: { app: sample.name, service: sample.name },
            annotations: { "pulumi.com/skipAwait": "true" },
        };
        const ports = [{ name: "http", port: sample.port, targetPort: sample.targetPort }];
        const spec = { selector: { app: sample.name }, ports };
        new Service(`${name}-${sample.name}`, { metadata, spec }, opts);
    }

    private injectedDeployment(
        name: string,
        sample: Sample,
        args: SampleWorkloadsArgs,
        opts: pulumi.CustomResourceOptions,
    ) {
        const apply = runScript("kube-inject.sh");
        const deployment = {
            apiVersion: "apps/v1",
            kind: "Deployment",
            ...sample.deployment(this.namespace),
        };
        hostCommand(
            `${name}-${sample.name}`,
            {
                create: apply,
                update: apply,
                delete: runScript("kube-inject-delete.sh"),
                stdin: pulumi.jsonStringify(deployment),
                environment: {
                    ...clusterEnvironment(args),
                    NAMESPACE: this.namespace,
                    DEPLOYMENT: sample.name,
                },
            },
            opts,
        );
    }
}
