import { createHash } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { V1Pod } from "@kubernetes/client-node";
import { execa } from "execa";
import { CaBundle } from "../pki/caBundle";
import { caCertFile, caCertsSecretName, PublicFiles } from "../pki/caFiles";
import { reason } from "../kube/apiError";
import { Cluster } from "../kube/cluster";
import { istiodFaults } from "./istiodFaults";

/** What istiod is to read, and where it is. All of it is public. */
export interface ReloadInput {
    kubeconfig: string;
    context: string;
    /** Istio's namespace. */
    namespace: string;
    /** The public files of `cacerts`, as the Secret holds them. */
    files: PublicFiles;
    /** How long to retry, seconds. Default: 300. */
    limitSeconds?: number;
}

/** Milliseconds between two looks at istiod. */
const pauseMs = 500;

/** The longest that one look may take, milliseconds. */
const attemptMs = 15_000;

/** istiod is asked again so many milliseconds later, unless it has picked up the files. */
const askAgainMs = 15_000;

/** A file of `cacerts` that istiod does not read: a change of it has the kubelet write all of them again. */
const touchedFile = "reload";

/**
 * Makes istiod read a changed `cacerts`, and waits until it serves what is in it. The kubelet brings a Secret's change
 * to the pods that mount it within a minute or so; a change of the pod itself, such as an annotation, makes it look now.
 *
 * istiod drops what it cannot use yet, such as a certificate that its clock takes for not yet valid, and looks at its files
 * again only when they are written (istio pilot/pkg/bootstrap/istio_ca.go, handleCACertsFileWatch). So they are written again
 * until it has taken them. An API server that is away for a while is waited for.
 *
 * @throws Error saying what istiod was last seen to lack.
 */
export async function reloadIstiod(input: ReloadInput): Promise<void> {
    const { namespace, context, limitSeconds = 300 } = input;
    const bundle = CaBundle.parse(input.files);
    if (!bundle) {
        throw new Error(
            `${caCertFile} holds no PEM certificate, so istiod is not asked to read ${caCertsSecretName}.`,
        );
    }
    const deadline = Date.now() + limitSeconds * 1000;
    let asked = 0;
    let askAt = 0;
    let restarted = false;
    for (;;) {
        let lacks: string;
        try {
            const cluster = await Cluster.connect(input.kubeconfig, context);
            if (!restarted) {
                await restartWithout(input, await istiods(cluster, namespace));
                restarted = true;
            }
            if (Date.now() >= askAt) {
                await askToReload(input, asked++);
                askAt = Date.now() + askAgainMs;
            }
            const faults = await answered(istiodFaults(cluster, namespace, bundle));
            if (faults.length === 0) {
                return await untouch(input);
            }
            lacks = faults.join("; ");
        } catch (error) {
            lacks = words(error);
        }
        if (Date.now() + pauseMs > deadline) {
            throw new Error(
                `istiod of context ${context} has not picked up ${caCertsSecretName} within ${limitSeconds} seconds: ${lacks}. Its log says why: \`kubectl logs -n ${namespace} deploy/istiod --context ${context} | grep -i cacerts\`. Run \`pulumi up\` again when that is fixed; \`kubectl rollout restart deployment/istiod -n ${namespace} --context ${context}\` makes it read all of its files.`,
            );
        }
        await delay(pauseMs);
    }
}

/** @throws Error if an answer does not come in time. */
function answered<T>(answer: Promise<T>): Promise<T> {
    const late = delay(attemptMs, undefined, { ref: false }).then(() => {
        throw new Error(`no answer within ${attemptMs / 1000} seconds`);
    });
    return Promise.race([answer, late]);
}

async function istiods(cluster: Cluster, namespace: string): Promise<V1Pod[]> {
    const { items } = await cluster.core.listNamespacedPod({ namespace, labelSelector: "app=istiod" });
    return items.filter(({ metadata }) => !metadata?.deletionTimestamp);
}

/** An istiod that began without `cacerts` has a CA of its own and does not look again (istio/istio#57853). */
async function restartWithout(input: ReloadInput, pods: V1Pod[]): Promise<void> {
    const made = await kubectl(input, [
        "get",
        "secret",
        caCertsSecretName,
        "--output=jsonpath={.metadata.creationTimestamp}",
    ]);
    const began = pods.map(({ status }) => status?.startTime?.getTime() ?? Infinity);
    if (made !== "" && Math.min(...began) < Date.parse(made)) {
        await kubectl(input, ["rollout", "restart", "deployment", "--selector=app=istiod"]);
        await kubectl(input, ["rollout", "status", "deployment", "--selector=app=istiod", "--timeout=300s"]);
    }
}

/** At first by an annotation alone; if that did not help, by files that are written again. */
async function askToReload(input: ReloadInput, times: number): Promise<void> {
    const digest = createHash("sha256")
        .update(JSON.stringify(Object.entries(input.files).sort()))
        .digest("hex");
    if (times > 0) {
        await touch(input, Buffer.from(String(times)).toString("base64"));
    }
    const value = `istio-plugin-ca/cacerts=${digest}${times > 0 ? `-${times}` : ""}`;
    await kubectl(input, ["annotate", "pods", "--selector=app=istiod", "--overwrite", value]);
}

function touch(input: ReloadInput, content: string | null): Promise<string> {
    const patch = JSON.stringify({ data: { [touchedFile]: content } });
    return kubectl(input, ["patch", "secret", caCertsSecretName, "--type=merge", `--patch=${patch}`]);
}

/** Removes what a reload, this one or one that was killed, wrote next to the CA. */
async function untouch(input: ReloadInput): Promise<void> {
    const template = `--output=go-template={{with .data}}{{range $name, $_ := .}}{{$name}} {{end}}{{end}}`;
    const names = await kubectl(input, ["get", "secret", caCertsSecretName, template]);
    if (names.split(" ").includes(touchedFile)) {
        await touch(input, null);
    }
}

async function kubectl({ kubeconfig, context, namespace }: ReloadInput, args: string[]): Promise<string> {
    const where = ["--kubeconfig", kubeconfig, "--context", context, "--namespace", namespace];
    const { stdout } = await execa("kubectl", [...where, ...args]);
    return stdout;
}

/** What kubectl said, or why a request failed, on one line. */
function words(error: unknown): string {
    const { stderr } = error as { stderr?: unknown };
    return typeof stderr === "string" && stderr !== "" ? stderr.replaceAll("\n", " ").trim() : reason(error);
}
