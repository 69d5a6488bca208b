import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { MeshSettings } from "../config/settings";
import { PublicFiles, rootCertFile } from "../pki/bundle";
import { CaCertificate } from "../pki/caCertificate";
import type { LiveMesh } from "../kube/liveMesh";
import { LiveOutputs } from "./outputs";
import { rootOf } from "./signer";

/**
 * A mesh that is at work already takes another CA by overlapping trust only: what it trusts and what is to come must know
 * each other, and Istio must be able to change its trust.
 *
 * @throws pulumi.RunError naming the live CA, what would break and what to do.
 */
export async function refuseLiveMesh(
    source: string,
    cluster: string,
    files: PublicFiles,
    settings: MeshSettings,
    live: LiveOutputs,
): Promise<void> {
    const external = settings.istio === "external";
    if (live.files && !external) {
        return;
    }
    const { readLiveMesh } = await import("../kube/liveMesh.ts");
    const mesh = await ask(settings, "Whether there is a mesh already", readLiveMesh);
    if (!mesh) {
        if (external) {
            throw refusal(
                `The setting istio is external, but cluster ${cluster} has no Istio.`,
                "Install it there, or set istio to install.",
            );
        }
        return;
    }
    const faults = [
        ...(live.files ? [] : [...otherCa(source, cluster, files, mesh), ...otherForm(mesh)]),
        ...(external ? missingFlags(mesh) : []),
    ];
    if (faults.length > 0) {
        throw new pulumi.RunError(["Nothing was changed.", ...faults].join("\n  "));
    }
}

/**
 * ztunnel, the proxy of ambient meshes, keeps its certificates until they are half as old as they get, and nobody sees what it
 * trusts: a changed CA would be taken for one that every proxy has picked up.
 *
 * @throws pulumi.RunError naming each of its DaemonSets.
 */
export async function refuseAmbient(cluster: string, settings: MeshSettings): Promise<void> {
    const { readZtunnels } = await import("../kube/ambient.ts");
    const ztunnels = await ask(settings, "Whether the mesh is ambient", readZtunnels);
    if (ztunnels && ztunnels.length > 0) {
        throw refusal(
            `Cluster ${cluster} has an ambient mesh: its ztunnel (DaemonSet ${ztunnels.join(", ")}) picks up neither a changed CA nor changed roots when they are plugged in, and is not supported yet.`,
            "Plug a CA into a mesh of sidecars, or take ztunnel out first.",
        );
    }
}

/**
 * A mesh that moves from one CA to another takes the next step when every proxy has taken the last.
 *
 * @throws pulumi.RunError naming proxies that are behind, and those that do not answer with the reason.
 */
export async function refuseBehind(
    cluster: string,
    files: PublicFiles,
    { kubeconfig, context, verificationExclude: exclude }: MeshSettings,
    { files: before, formerCa }: LiveOutputs,
): Promise<void> {
    if (!formerCa || !before || JSON.stringify(before) === JSON.stringify(files)) {
        return;
    }
    const { proxiesBehind } = await import("../verify/proxies.ts");
    const behind = await seen("Whether every proxy follows the previous step", () =>
        proxiesBehind({ kubeconfig, context, exclude }, [before, files]),
    );
    if (behind.length > 0) {
        throw refusal(
            `These proxies of cluster ${cluster} do not follow the previous step:\n  ${behind.join("\n  ")}\n`,
            `\`npm run migrate -- ${pulumi.getStack()}\` waits for them, and with --restart restarts those that cannot follow. The setting verificationExclude leaves out those that may stay behind.`,
        );
    }
}

function otherCa(
    source: string,
    cluster: string,
    files: PublicFiles,
    { trustBundle, ca }: LiveMesh,
): string[] {
    const trusted = CaCertificate.all(trustBundle);
    const next = CaCertificate.all(files[rootCertFile]);
    const nextRoot = rootOf(files);
    const includes = (roots: CaCertificate[], one: CaCertificate | undefined) =>
        one !== undefined && roots.some((each) => each.equals(one));
    const kept = ca ? includes(next, ca.root) : trusted.every((each) => includes(next, each));
    if (kept && includes(trusted, nextRoot)) {
        return [];
    }
    const signs = ca
        ? `istiod signs with ${ca.certificate.name}, from Secret ${ca.secret}`
        : "istiod signs with a CA that is in neither Secret cacerts nor istio-ca-secret";
    const roots = trusted.map(({ name }) => name).join(", ");
    const stack = pulumi.getStack();
    const secret = ca?.secret ?? "the Secret of its CA, as namespace/name";
    return [
        `Cluster ${cluster} has a live mesh: ${signs}, and its workloads trust ${roots}. They and those with a certificate of the CA of ${source} would refuse each other, which fails requests until every workload has restarted.`,
        `\`npm run migrate -- ${stack}\` moves the mesh in steps, and none fails. By hand: set istio to adopt, or to external where somebody else installs Istio, and formerCa to ${secret}; signingRoot, at first, is former.`,
    ];
}

/** A Secret keeps its type, and this one its files. */
function otherForm({ tlsForm }: LiveMesh): string[] {
    return tlsForm
        ? [
              "Secret istio-system/cacerts is of the type kubernetes.io/tls. It cannot lose its tls.crt, and istiod reads that before the files of this stack.",
              "Make it anew with the same content and of type Opaque, in one go, by `kubectl replace --force`: a running istiod does not mind.",
          ]
        : [];
}

function missingFlags(mesh: LiveMesh): string[] {
    return mesh.missingFlags.length === 0
        ? []
        : [
              `Istio was installed without ${mesh.missingFlags.join(" and without ")}: istiod, or the proxies, would not take a changed trust bundle.`,
              "Install it with them; with Helm the names begin after `values.`, and meshConfig is the same.",
          ];
}

/** What cannot be asked at preview may be asked later: the cluster of a stack may be yet to come. */
async function ask<T>(
    { kubeconfig, context }: MeshSettings,
    question: string,
    read: (kubeconfig: string, context: string) => Promise<T>,
): Promise<T | undefined> {
    if (!fs.existsSync(kubeconfig)) {
        return undefined;
    }
    const answer = () => read(kubeconfig, context);
    return pulumi.runtime.isDryRun() ? answer().catch(() => undefined) : seen(question, answer);
}

async function seen<T>(question: string, look: () => Promise<T>): Promise<T> {
    try {
        return await look();
    } catch (error) {
        const { reason } = await import("../kube/apiError.ts");
        throw refusal(
            `${question} cannot be seen: ${reason(error)}.`,
            "Run this again when the cluster answers and lets you read it.",
        );
    }
}

function refusal(found: string, remedy: string): pulumi.RunError {
    return new pulumi.RunError(`${found} Nothing was changed. ${remedy}`);
}
