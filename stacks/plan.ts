import { PreviousCaSettings, MeshSettings } from "../config/meshSettings";
import { CaBundle } from "../pki/caBundle";
import { caCertsSecretName, CaFiles, caFileNames } from "../pki/caFiles";
import { CertificateFacts } from "../pki/certificate";
import { keptSecretName, overlappingBundle, previousCa, previousSigns } from "../pki/previousCa";
import { inPlaceOf } from "../pki/reissue";
import { LastOutputs } from "./outputs";
import { replacedFiles } from "./pluggedIn";
import { Refused } from "./refusal";

/** A stack's CA as it would stand alone in `cacerts`. */
export interface OwnCa {
    /** Who made or signed it, in words. */
    source: string;
    bundle: CaBundle;
    /** Secret. Undefined if the stack's state or its cluster holds the key. */
    privateKeyPem?: string;
}

/** What is to be plugged in. */
export interface Plan {
    /** Who made or signed this stack's CA, in words. */
    source: string;
    bundle: CaBundle;
    /** The CA that the mesh has used until now, while it is trusted. */
    previous: PreviousCa | undefined;
}

/** A CA that is trusted beside this stack's. */
export interface PreviousCa {
    facts: CertificateFacts;
    /** Secret; undefined if this stack's CA signs already. */
    privateKeyPem: string | undefined;
    /** Its files, the key among them, if they are in `cacerts`, which is about to be overwritten. */
    keep: CaFiles | undefined;
}

/**
 * What is to be plugged in: this stack's own CA, or that and the previous one of a mesh that migrates. The stages are those of a
 * root's replacement: trust both, sign with the new one, trust it alone.
 *
 * @param last - what this stack's last `up` left in this cluster
 * @param present - what the cluster's `cacerts` holds
 * @throws Refused if the previous CA, or what is plugged in, cannot be read.
 */
export async function planOf(
    { source, bundle: own }: OwnCa,
    mesh: MeshSettings | undefined,
    last: LastOutputs,
    present: () => Promise<CaFiles | undefined>,
): Promise<Plan> {
    const settings = mesh?.previousCa;
    const found = settings && (await readPreviousCa(settings, last));
    const next = settings && found ? overlappingBundle(settings.stage, found.bundle, own) : own;
    const replaced = replacedFiles(await present(), last.plugged);
    const bundle = inPlaceOf(replaced, next, Boolean(mesh?.istio.reissueMinutes));
    return { source, bundle, previous: settings && found && trusted(settings, found) };
}

function trusted({ namespace, name, stage }: PreviousCaSettings, { bundle, key, files }: ReadCa): PreviousCa {
    return {
        facts: bundle.ca.facts,
        privateKeyPem: previousSigns(stage) ? key : undefined,
        keep: isCacerts(namespace, name) ? files : undefined,
    };
}

/** A CA and the files that it was read from. */
interface ReadCa {
    bundle: CaBundle;
    /** PEM. */
    key: string;
    files: CaFiles;
}

/** Somebody's `cacerts` is read from the Secret that keeps it, once there is one. @throws Refused if it holds no CA. */
async function readPreviousCa(settings: PreviousCaSettings, last: LastOutputs): Promise<ReadCa> {
    const { namespace, name, context } = settings;
    const { readCaSecret } = await import("../kube/caSecret.ts");
    const read = (secret: string) => readCaSecret({ ...settings, name: secret });
    const source = `Secret ${namespace}/${name} of context ${context}, which the setting previousCa names,`;
    const [present, kept] = await Promise.all([
        read(name),
        isCacerts(namespace, name) ? read(keptSecretName) : undefined,
    ]).catch(({ message }: Error) => {
        const found = `${source} cannot be read: ${message}.`;
        const remedy = "Run this again when the cluster answers and lets you read it.";
        throw new Refused([{ id: "cluster-unreadable", found, remedy }]);
    });
    const files = last.previousCa ? (kept ?? present) : present;
    if (kept && files && !sameCa(kept, files)) {
        const found = `Secret ${namespace}/${keptSecretName} of context ${context} holds the CA of an earlier migration, and this one would overwrite it.`;
        const remedy = `Delete it if no workload trusts that CA any more: \`kubectl delete secret ${keptSecretName} -n ${namespace} --context ${context}\`.`;
        throw new Refused([{ id: "previous-ca-kept", found, remedy }]);
    }
    const ca = files && bundleIn(files);
    if (!files || !ca) {
        const why = files ? "holds no CA" : "does not exist";
        const remedy = "Name the Secret whose CA istiod signs with.";
        throw new Refused([{ id: "previous-ca-missing", found: `${source} ${why}.`, remedy }]);
    }
    const known = Object.entries(files).filter(([file, text]) => caFileNames.includes(file) && text);
    return { ...ca, files: Object.fromEntries(known) };
}

function sameCa(...secrets: [CaFiles, CaFiles]): boolean {
    const [one, other] = secrets.map((files) => bundleIn(files)?.bundle.ca);
    return one !== undefined && other !== undefined && one.equals(other);
}

/** The CA in a Secret's files, with its key; undefined if they hold none. */
function bundleIn(files: CaFiles): Omit<ReadCa, "files"> | undefined {
    const ca = previousCa(files);
    const bundle = "missing" in ca ? undefined : CaBundle.ofSigningCa(ca);
    return "missing" in ca || !bundle ? undefined : { bundle, key: ca.caKey.text };
}

function isCacerts(namespace: string, name: string): boolean {
    return namespace === "istio-system" && name === caCertsSecretName;
}
