import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { pemsOf } from "../../components/caPems";
import { Cluster } from "../../local/clusters/cluster";
import { kubeconfigPath } from "../../local/paths";
import { linkingLocalClusters, onLocalCluster } from "../../local/project";
import type { ClusterOutputs } from "../../stacks/outputs";
import { verifyMatrix } from "../../verify/matrix";
import { readMatrixInput } from "../../verify/matrixInput";
import { kubectl, outputs } from "../integration/fixture";
import { Bench, benchCluster } from "./bench";
import { against, alternate, compare, Measure, seconds } from "./measure";
import type { BenchProject } from "./project";

const names = [benchCluster, `${benchCluster}2`];
const [one, two] = names as [string, string];

/** For how many clusters the matrix is measured. */
const sizes = [2, 3, 10, 50];

/**
 * Two clusters linked, from installed to the first answered request and its proof: by the `up` of a stack of role mesh, and by hand as
 * Istio's documentation has it. Then the matrix: two clusters stand in for many, each under several names, so that as many requests and
 * handshakes are made as between that many clusters, from two pods.
 */
export async function links(bench: Bench): Promise<Measure[]> {
    const ours: number[] = [];
    const byHand: number[] = [];
    const matrices = new Map<number, number[]>(sizes.map((size) => [size, []]));
    await bench.onEmptyClusters(names, () =>
        bench.inFolder("links", async (dir) => {
            const project = await installed(bench, dir);
            await alternate(
                bench.rounds,
                async () => {
                    ours.push(await seconds(() => project.up("mesh")));
                    bench.log("linked, pulumi", ours.at(-1)!);
                    for (const [size, times] of matrices) {
                        times.push(await matrixSeconds(project, size));
                        bench.log(`matrix of ${size}`, times.at(-1)!);
                    }
                    await project.destroy("mesh");
                },
                async () => {
                    // So that only the other cluster answers.
                    await kubectl(one, "scale", "deploy/httpbin", "-n", "foo", "--replicas=0");
                    byHand.push(await seconds(() => linkByHand(bench, dir)));
                    bench.log("linked, by hand", byHand.at(-1)!);
                    await unlinkByHand();
                    await kubectl(one, "scale", "deploy/httpbin", "-n", "foo", "--replicas=1");
                },
            );
        }),
    );
    return [
        compare("two clusters linked", ours, { name: "by hand", seconds: byHand }, 0.4, [
            "ours with the proof in both directions; its gateways were installed with the clusters",
        ]),
        ...sizes.map((size) =>
            against(`matrix of ${size} clusters`, matrices.get(size)!, size === 50 ? 600 : 60),
        ),
    ];
}

/** Root and two clusters, with all that links need in each. */
async function installed(bench: Bench, dir: string): Promise<BenchProject> {
    const clusters = names.map(
        (name) => [name, onLocalCluster(name, { role: "cluster", meshId: "bench" })] as const,
    );
    const root = { role: "root", clusters: names, protectRoot: false };
    const stacks = { root, ...Object.fromEntries(clusters), mesh: linkingLocalClusters(names) };
    const project = await bench.project({ dir, stacks });
    for (const stack of [...names, "root", ...names]) {
        await project.up(stack);
    }
    return project;
}

/** @param size - of how many clusters as many pairs are looked at */
async function matrixSeconds({ project }: BenchProject, size: number): Promise<number> {
    const members = await Promise.all(
        names.map(async (name) => {
            const { files, multicluster } = await outputs<ClusterOutputs>(project, name);
            const { caCertPem, rootCertPem } = pemsOf(files!);
            return { cluster: name, context: name, caCertPem, rootCertPem, ...multicluster! };
        }),
    );
    // Each under so many names that the pairs of two different clusters are at least size * (size - 1).
    const each = Math.ceil(Math.sqrt((size * (size - 1)) / 2));
    const clusters = Array.from({ length: each }, () => members)
        .flat()
        .map(({ cluster, context, caCertPem, rootCertPem, network, gateway }) => ({
            ...{ cluster, context, caCertPem, rootCertPem, network, gateway },
        }));
    const input = readMatrixInput({ kubeconfig: kubeconfigPath, clusters, limitSeconds: 600 });
    return seconds(async () => {
        const { verdict, cells } = await verifyMatrix(input, new AbortController().signal);
        if (verdict !== "passed" || cells.length < size * (size - 1)) {
            throw new Error(
                `${verdict}: ${cells.length} links; ${JSON.stringify(cells.find(({ ok }) => !ok))}`,
            );
        }
    });
}

async function linkByHand(bench: Bench, dir: string): Promise<void> {
    // A copy, so that kubectl writes nothing into the clusters' own.
    const kubeconfig = path.join(dir, "kubeconfig");
    fs.copyFileSync(kubeconfigPath, kubeconfig);
    const { istioSet } = onLocalCluster(one, {}) as { istioSet: string[] };
    await execa("/bin/bash", ["-eu", "-o", "pipefail", path.join(__dirname, "byHand", "link.sh")], {
        env: {
            KUBECONFIG: kubeconfig,
            CLUSTERS: names.join(" "),
            SERVERS: names.map((name) => `https://${Cluster.find(name)!.nodeIp}:6443`).join(" "),
            ISTIO_SET: istioSet.join("\n"),
        },
        cancelSignal: bench.signal,
        all: true,
    });
}

async function unlinkByHand(): Promise<void> {
    const istioSystem = ["-n", "istio-system", "--ignore-not-found"];
    for (const [name, other] of [
        [one, two],
        [two, one],
    ] as const) {
        await kubectl(name, "delete", "secret", `istio-remote-secret-${other}`, ...istioSystem);
        const gateway = ["deployment/by-hand", "service/by-hand", "gateways.networking.istio.io/by-hand"];
        await kubectl(name, "delete", ...gateway, ...istioSystem);
    }
}
