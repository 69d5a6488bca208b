import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { ClusterAccess } from "../config/meshSettings";
import { Refused } from "./refusal";

/**
 * Asks a cluster before its mesh is changed. What cannot be answered at preview may be answered later: the cluster of a stack may
 * not exist yet.
 *
 * @param question - what is asked, as `Whether …`
 * @throws Refused in an `up` if the cluster does not answer.
 */
export async function askMesh<T>(
    { kubeconfig, context }: ClusterAccess,
    question: string,
    read: (kubeconfig: string, context: string) => Promise<T>,
): Promise<T | undefined> {
    if (!fs.existsSync(kubeconfig)) {
        return undefined;
    }
    const answer = () => read(kubeconfig, context);
    return pulumi.runtime.isDryRun() ? answer().catch(() => undefined) : seen(question, answer);
}

/** @throws Refused if the cluster does not show it. */
export async function seen<T>(question: string, look: () => Promise<T>): Promise<T> {
    try {
        return await look();
    } catch (error) {
        const { reason } = await import("../kube/apiError.ts");
        const found = `${question} cannot be seen: ${reason(error)}.`;
        const remedy = "Run this again when the cluster answers and lets you read it.";
        throw new Refused([{ id: "cluster-unreadable", found, remedy }]);
    }
}
