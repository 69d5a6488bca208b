import * as pulumi from "@pulumi/pulumi";
import type { LiveMesh } from "../../kube/liveMesh";
import type { Change } from "../change";
import { Refusal } from "../refusal";
import { Plan } from "../plan";

/** An Istio that somebody else installs must exist. */
export async function istioMissing(change: Change): Promise<Refusal | undefined> {
    const { cluster, mesh } = change.settings;
    return mesh?.istio.mode === "external" && (await change.plan()) && (await change.liveMesh()) === undefined
        ? {
              id: "istio-missing",
              found: `The setting istio is external, but cluster ${cluster} has no Istio.`,
              remedy: "Install it there, or set istio to install.",
          }
        : undefined;
}

/** A mesh that runs under another CA picks up this one by overlapping trust only: what it trusts and what is next must know each other. */
export async function liveMesh(change: Change): Promise<Refusal | undefined> {
    const plan = await change.plan();
    const live = await takenOver(change);
    if (!plan || !live || overlaps(plan, live)) {
        return undefined;
    }
    const { ca } = live;
    const signs = ca
        ? `istiod signs with ${ca.certificate.name}, from Secret ${ca.secret}`
        : "istiod signs with a CA that is in neither Secret cacerts nor istio-ca-secret";
    const roots = live.roots.map(({ name }) => name).join(", ");
    const secret = ca?.secret ?? "the Secret of its CA, as namespace/name";
    return {
        id: "live-mesh",
        found: `Cluster ${change.settings.cluster} has a live mesh: ${signs}, and its workloads trust ${roots}. They and those with a certificate of the CA of ${plan.source} would reject each other, and requests would fail until every workload has restarted.`,
        remedy: `\`npm run migrate -- ${pulumi.getStack()}\` migrates the mesh in steps, and no request fails. By hand: set istio to adopt, or to external if somebody else installs Istio, and previousCa to ${secret}.`,
    };
}

/** A Secret keeps its type, and this one its files. */
export async function cacertsIsTls(change: Change): Promise<Refusal | undefined> {
    return (await takenOver(change))?.tlsForm
        ? {
              id: "cacerts-is-tls",
              found: "Secret istio-system/cacerts is of the type kubernetes.io/tls. Its tls.crt cannot be removed, and istiod reads that before the files of this stack.",
              remedy: "Create it again with the same content and of type Opaque, in one go, by `kubectl replace --force`: a running istiod continues.",
          }
        : undefined;
}

/** Somebody else's Istio must pick up changed roots. */
export async function istioFlagsMissing(change: Change): Promise<Refusal | undefined> {
    if (change.settings.mesh?.istio.mode !== "external" || !(await change.plan())) {
        return undefined;
    }
    const missing = (await change.liveMesh())?.missingFlags ?? [];
    return missing.length === 0
        ? undefined
        : {
              id: "istio-flags-missing",
              found: `Istio was installed without ${missing.join(" and without ")}: istiod, or the proxies, would not pick up a changed trust bundle.`,
              remedy: "Install it with them; with Helm the names begin after `values.`, and meshConfig is the same.",
          };
}

/** The mesh that exists before this stack has plugged in anything. */
async function takenOver(change: Change): Promise<LiveMesh | undefined> {
    const { plugged } = await change.lastHere();
    return change.settings.mesh && !plugged && (await change.plan()) ? change.liveMesh() : undefined;
}

function overlaps({ bundle }: Plan, { roots, ca }: LiveMesh): boolean {
    const { root } = bundle;
    const kept = ca ? bundle.trusts(ca.root) : roots.every((each) => bundle.trusts(each));
    return kept && root !== undefined && roots.some((each) => each.equals(root));
}
