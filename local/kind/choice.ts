import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { requireTools } from "../../operations/project/tools";
import { message } from "../../operations/errors";
import { binDir, clustersDir } from "../paths";
import { findOfficialPulumi, type PulumiCli } from "../toolchain/installed";
import { findCommand } from "../toolchain/systemCommands";
import { KindCluster } from "./kindCluster";

/** Whose the local clusters are: kind's, or built here from source. */
export const localClusters = ["kind", "built"] as const;

/** One of {@link localClusters}. */
export type LocalClusters = (typeof localClusters)[number];

/** The local clusters that exist. */
export interface Standing {
    /** Names of clusters that were built from source. */
    built: readonly string[];
    /** Names of clusters of kind. */
    kind: readonly string[];
}

/** What clusters of kind need and the machine has already. */
export interface KindTools {
    pulumi: PulumiCli;
    kubectl: string;
    istioctl: string;
}

/** What {@link chooseClusters} found. */
export type Choice = { use: "kind"; tools: KindTools } | { use: "built"; note?: string };

/**
 * Whose clusters `npm start` uses: what the user says; otherwise those that exist already; otherwise kind's, if Docker answers
 * and kind, kubectl, istioctl and Pulumi are on PATH; otherwise they are built, with a note if Docker or kind is there.
 *
 * @param clusters the clusters that exist
 * @throws Error if clusters of the other sort exist, or if kind is requested and something is missing
 */
export async function chooseClusters(clusters: Standing, wanted?: LocalClusters): Promise<Choice> {
    const standing = localClusters.find((sort) => clusters[sort].length > 0);
    if (wanted && standing && wanted !== standing) {
        const are = standing === "kind" ? "are clusters of kind" : "were built from source";
        throw new Error(`The local clusters that exist ${are}. Remove them first: npm stop`);
    }
    const use = wanted ?? standing;
    if (use === "built") {
        return { use };
    }
    const found = await findKindTools();
    if ("tools" in found) {
        return { use: "kind", ...found };
    }
    const faults = found.faults.map((fault) => `  - ${fault}`).join("\n");
    if (use === "kind") {
        throw new Error(
            `Clusters of kind cannot be used:\n${faults}\nTo build clusters from source: --local built`,
        );
    }
    const isThere = ["docker", "kind"].some((command) => findCommand(command));
    return {
        use: "built",
        ...(isThere && {
            note: `The local clusters are built from source, because kind cannot be used:\n${faults}`,
        }),
    };
}

/** Which of these local clusters exist, in whatever state. */
export function standingClusters(names: readonly string[]): Standing {
    return {
        built: names.filter((name) => fs.existsSync(path.join(clustersDir, name))),
        kind: KindCluster.all().map(({ name }) => name),
    };
}

/** What clusters of kind need, or everything that is missing, each with what to do. */
async function findKindTools(): Promise<{ tools: KindTools } | { faults: string[] }> {
    const [docker, others, pulumi] = await Promise.all([dockerFault(), toolFaults(), findOfficialPulumi()]);
    const kind = findCommand("kind")
        ? []
        : ["kind is not on PATH. Install it: https://kind.sigs.k8s.io/docs/user/quick-start/"];
    const host =
        pulumi || others.some((fault) => fault.startsWith("pulumi "))
            ? []
            : [
                  "pulumi is on PATH without its Node.js language host, or is too old. Install it whole: https://www.pulumi.com/docs/install/",
              ];
    const faults = [...docker, ...kind, ...others, ...host];
    const [kubectl, istioctl] = ["kubectl", "istioctl"].map((name) => findCommand(name, [binDir]));
    return faults.length === 0 && pulumi && kubectl && istioctl
        ? { tools: { pulumi, kubectl, istioctl } }
        : { faults };
}

async function dockerFault(): Promise<string[]> {
    if (!findCommand("docker")) {
        return ["docker is not on PATH. Install Docker: https://docs.docker.com/get-docker/"];
    }
    const { failed } = await execa("docker", ["info"], { reject: false, timeout: 20_000 });
    return failed ? ["Docker does not answer (`docker info` fails): start it"] : [];
}

/** What is missing of the user's own tools; those that were built here do not count. */
async function toolFaults(): Promise<string[]> {
    const folders = (process.env.PATH ?? "").split(path.delimiter).filter((folder) => folder !== binDir);
    return requireTools(["pulumi", "istioctl", "kubectl"], { PATH: folders.join(path.delimiter) }).then(
        () => [],
        (error: unknown) => message(error).split("\n"),
    );
}
