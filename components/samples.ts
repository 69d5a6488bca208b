import * as pulumi from "@pulumi/pulumi";

/** A sample of Istio's, as `samples/<name>/<name>.yaml` of its release has it. */
export interface Sample {
    name: string;
    port: number;
    targetPort: number;
    /** Its Deployment. */
    deployment(namespace: pulumi.Input<string>): {
        metadata: { name: string; namespace: pulumi.Input<string> };
        spec: DeploymentSpec;
    };
}

/** Without `replicas`: how many there are is for `kubectl scale` and autoscalers to say, and one unless they do. */
interface DeploymentSpec {
    selector: { matchLabels: Record<string, string> };
    template: { metadata: { labels: Record<string, string> }; spec: PodSpec };
}

interface PodSpec {
    serviceAccountName: string;
    terminationGracePeriodSeconds?: number;
    containers: {
        name: string;
        image: string;
        imagePullPolicy: string;
        command?: string[];
        ports?: { containerPort: number }[];
    }[];
}

/** The server: answers HTTP on 8000. */
export const httpbin = sample(
    "httpbin",
    { app: "httpbin", version: "v1" },
    { port: 8000, targetPort: 8080 },
    {
        containers: [
            {
                name: "httpbin",
                image: "docker.io/mccutchen/go-httpbin:v2.15.0",
                imagePullPolicy: "IfNotPresent",
                ports: [{ containerPort: 8080 }],
            },
        ],
    },
);

/** The client: a shell with curl. */
export const sleep = sample(
    "sleep",
    { app: "sleep" },
    { port: 80, targetPort: 80 },
    {
        terminationGracePeriodSeconds: 0,
        containers: [
            {
                name: "sleep",
                image: "docker.io/curlimages/curl:8.16.0",
                imagePullPolicy: "IfNotPresent",
                command: ["/bin/sleep", "infinity"],
            },
        ],
    },
);

function sample(
    name: string,
    labels: Record<string, string>,
    { port, targetPort }: Pick<Sample, "port" | "targetPort">,
    podSpec: Omit<PodSpec, "serviceAccountName">,
): Sample {
    const template = { metadata: { labels }, spec: { serviceAccountName: name, ...podSpec } };
    return {
        name,
        port,
        targetPort,
        deployment: (namespace) => ({
            metadata: { name, namespace },
            spec: { selector: { matchLabels: labels }, template },
        }),
    };
}
