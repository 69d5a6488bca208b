import { text } from "node:stream/consumers";
import { Certificate } from "../../pki/certificate";
import { Cluster } from "../../kube/cluster";
import { Proxies } from "../../verify/proxies";
import { proxyPod } from "../../kube/sortedPods";

/** The mesh, what its proxies are to use, and how many they are. */
export interface ProxiesInput {
    kubeconfig: string;
    context: string;
    rootCert: string;
    caCert: string;
    count: number;
}

/** What it took, from the start of the process. */
export interface ProxiesOutcome {
    seconds: number;
    cpuSeconds: number;
    /** The most that was resident. */
    mebibytes: number;
}

/** Verifies a mesh whose pods represent more proxies than exist: asks each pod repeatedly, until that many were asked. */
async function main(): Promise<ProxiesOutcome> {
    const { kubeconfig, context, rootCert, caCert, count } = JSON.parse(
        await text(process.stdin),
    ) as ProxiesInput;
    const cluster = await Cluster.connect(kubeconfig, context);
    const real = await cluster.pods(proxyPod);
    const many = Array.from({ length: count }, (_, index) => {
        const pod = structuredClone(real[index % real.length]!);
        pod.metadata!.uid = String(index);
        return pod;
    });
    cluster.pods = (wanted) => Promise.resolve(many.flatMap(wanted));
    const expected = { caCert: Certificate.strictly(caCert)[0]!, roots: Certificate.strictly(rootCert) };
    const { checks } = await new Proxies(cluster, [expected]).observe(
        Date.now() + 300_000,
        new AbortController().signal,
    );
    if (checks[0]!.observed !== `by all ${count}`) {
        throw new Error(checks[0]!.observed);
    }
    const { user, system } = process.cpuUsage();
    return {
        seconds: process.uptime(),
        cpuSeconds: (user + system) / 1e6,
        mebibytes: process.resourceUsage().maxRSS / 1024,
    };
}

main().then(
    (outcome) => process.stdout.write(JSON.stringify(outcome), () => process.exit(0)),
    (error: Error) => {
        console.error(error.message);
        process.exit(1);
    },
);
