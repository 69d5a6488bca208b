import { firstRootName } from "../../config/settings";
import type { CaBundle } from "../../pki/caBundle";
import { CaCertificate } from "../../pki/caCertificate";
import { Refusal } from "../refusal";
import { RootChange } from "../rootChange";

type Judged = Pick<RootChange, "settings" | "last" | "asked">;

/** Workloads do not trust the root that would sign: certificates below it would be rejected. */
export async function signerNotTrusted(change: Judged): Promise<Refusal | undefined> {
    const { signingRoot } = change.settings;
    const { settled } = await change.asked();
    const signer = named(change, signingRoot);
    // A root that is only about to be created is trusted by nobody.
    const clusters = signer === undefined ? Object.entries(settled) : dependent(change, settled);
    const distrusting = clusters
        .filter(([, bundle]) => signer === undefined || !bundle.trusts({ fingerprint: signer }))
        .map(([cluster]) => cluster);
    return isFirst(change) || distrusting.length === 0
        ? undefined
        : {
              id: "root-not-trusted",
              found: `Root ${signingRoot} cannot sign yet: the workloads of ${distrusting.join(", ")} do not trust it.`,
              remedy: `Name it in roots next to the one that signs, leave signingRoot as it was, and bring all clusters up. ${away}`,
          };
}

/** The CA of a cluster is signed by a root that would be dropped. */
export async function rootDropped(change: Judged): Promise<Refusal | undefined> {
    const { settings, last } = change;
    const { settled } = await change.asked();
    const kept = CaCertificate.all(last.trustBundle ?? "").filter((certificate) =>
        settings.roots.some((name) => named(change, name) === certificate.fingerprint),
    );
    const orphaned = dependent(change, settled)
        .filter(([, bundle]) => !bundle.dependsOn(kept))
        .map(([cluster]) => cluster);
    if (isFirst(change) || orphaned.length === 0) {
        return undefined;
    }
    const gone = Object.entries(last.roots!)
        .filter(
            ([name, { fingerprint }]) =>
                !settings.roots.includes(name) || named(change, name) !== fingerprint,
        )
        .map(([name]) => name);
    return {
        id: "root-still-used",
        found: `Root ${gone.join(", ")} cannot be removed yet: the CA of ${orphaned.join(", ")} is signed by it.`,
        remedy: `Keep it in roots, let signingRoot name the one that is to stay, and bring all clusters up. ${away}`,
    };
}

const away =
    "Take a cluster that is away out of clusters until it is back. `npm run rotate` takes all steps of a rotation.";

/** Before the first `up` nobody trusts anything. */
function isFirst({ last }: Judged): boolean {
    return !last.roots || last.trustBundle === undefined;
}

/** Not those below another root: they migrate from it, or were away while it was replaced. */
function dependent({ last }: Judged, settled: Record<string, CaBundle>): [string, CaBundle][] {
    const before = CaCertificate.all(last.trustBundle ?? "");
    return Object.entries(settled).filter(([, bundle]) => bundle.dependsOn(before));
}

/** The fingerprint of the root of this name. Another certificate under the same name is another root. */
function named({ settings: { existing }, last }: Judged, name: string): string | undefined {
    const given = existing && CaCertificate.all(existing.certPem)[0]?.fingerprint;
    return name === firstRootName && given !== undefined ? given : last.roots?.[name]?.fingerprint;
}
