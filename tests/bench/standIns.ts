import { CoreV1Api, KubeConfig, V1Pod } from "@kubernetes/client-node";
import pMap from "p-map";
import { until } from "../../local/clusters/until";
import { kubeconfigPath } from "../../local/paths";
import { goPrograms } from "../goPrograms";

/** How many stand-ins there are, and what they answer. */
export interface StandInsArgs {
    count: number;
    /** Any image of the cluster: the program is mounted. */
    image: string;
    /** The answer of Envoy's admin interface to the question for its secrets. */
    secrets: string;
}

/** Starts pods that answer as proxies of a mesh do and do nothing else, one tiny container each; waits until all run. */
export async function startStandIns(context: string, { count, image, secrets }: StandInsArgs): Promise<void> {
    const config = new KubeConfig();
    config.loadFromFile(kubeconfigPath);
    config.setCurrentContext(context);
    const core = config.makeApiClient(CoreV1Api);
    const folder = await goPrograms("envoyAdmin", ".");
    const names = Array.from({ length: count }, (_, index) => `stand-in-${index}`);
    await core.createNamespace({ body: { metadata: { name: namespace } } });
    await pMap(
        names,
        (name) => core.createNamespacedPod({ namespace, body: standIn(name, folder, image, secrets) }),
        { concurrency: 10 },
    );
    const missing = async () => {
        const { items } = await core.listNamespacedPod({ namespace });
        const waiting = items.filter(({ status }) => !status?.containerStatuses?.[0]?.state?.running);
        return waiting.length > 0 ? `${waiting.length} of ${count} do not run` : undefined;
    };
    await until("stand-ins for proxies", missing, { limit: 600_000, interval: 2000 });
}

const namespace = "proxies";

function standIn(name: string, folder: string, image: string, secrets: string): V1Pod {
    return {
        metadata: { name },
        spec: {
            automountServiceAccountToken: false,
            enableServiceLinks: false,
            terminationGracePeriodSeconds: 0,
            containers: [
                {
                    name: "istio-proxy",
                    image,
                    command: ["/stand-in/envoyAdmin"],
                    env: [
                        { name: "DUMP", value: secrets },
                        { name: "PROXY_CONFIG_XDS_AGENT", value: "true" },
                    ],
                    volumeMounts: [{ name: "program", mountPath: "/stand-in", readOnly: true }],
                },
            ],
            volumes: [{ name: "program", hostPath: { path: folder, type: "Directory" } }],
        },
    };
}
