import * as pulumi from "@pulumi/pulumi";
import { FormerCaSettings, MeshSettings } from "../config/settings";
import { caCertsSecretName, PublicFiles } from "../pki/bundle";
import { CaBundle } from "../pki/caBundle";
import { CaCertificate } from "../pki/caCertificate";
import { CaFiles, caFileNames, SigningCa } from "../pki/caFiles";
import { CertificateFacts, certificateFacts } from "../pki/certificates";
import { formerCa, formerCaName, keptSecretName, overlappingBundle } from "../pki/formerCa";
import { inPlaceOf } from "../pki/reissue";
import { awaitValidity } from "./clock";
import { LiveOutputs } from "./outputs";
import { replacedFiles } from "./pluggedIn";
import { refuseAmbient, refuseBehind, refuseLiveMesh } from "./liveMesh";
import { refuseOtherRoots } from "./signer";

/** What is to be plugged in. */
export interface ToPlugIn {
    files: PublicFiles;
    /** The CA that the mesh had before, while it is trusted. */
    former: FormerCa | undefined;
}

/** A CA that is trusted beside this stack's. */
export interface FormerCa {
    facts: CertificateFacts;
    /** Secret; undefined where this stack's CA signs already. */
    privateKeyPem: string | undefined;
    /** Its files, the key among them, where `cacerts` held them, which is about to be written. */
    keep: CaFiles | undefined;
}

/**
 * What this stack may plug in: its own CA, or that and the former one of a mesh that moves from one to the other. The steps
 * are those of a root's replacement: trust both, sign with the new one, trust it alone.
 *
 * @param source - who signed this stack's CA, in words
 * @param own - the files of this stack's CA
 * @param live - this stack's outputs as its last `up` left them
 * @throws pulumi.RunError where workloads would refuse each other, before anything changes.
 */
export async function toPlugIn(
    source: string,
    cluster: string,
    own: PublicFiles,
    mesh: MeshSettings | undefined,
    live: LiveOutputs,
): Promise<ToPlugIn> {
    const settings = mesh?.former;
    const found = settings && (await readFormerCa(settings, live));
    const ownBundle = CaBundle.parse(own)!;
    const next =
        settings && found
            ? overlappingBundle(settings, CaBundle.ofSigningCa(found.ca)!, ownBundle)
            : ownBundle;
    const replaced = await replacedFiles(mesh, live.files);
    const { files } = inPlaceOf(replaced, next, Boolean(mesh?.reissueMinutes));
    const remedy =
        settings || live.formerCa
            ? `\`npm run migrate -- ${pulumi.getStack()}\` walks all steps: trust both, sign with this stack's CA, trust it alone.`
            : mesh && leftBehind();
    refuseOtherRoots(source, cluster, files, live, remedy);
    if (mesh) {
        const changes = JSON.stringify(live.files) !== JSON.stringify(files);
        if (changes) {
            await refuseAmbient(cluster, mesh);
        }
        await refuseLiveMesh(source, cluster, files, mesh, live);
        await refuseBehind(cluster, files, mesh, live);
        if (changes) {
            await awaitValidity(files, mesh);
        }
    }
    return { files, former: settings && found && trusted(settings, found) };
}

function trusted(
    { namespace, name, roots, signingRoot }: FormerCaSettings,
    { ca, files }: ReadCa,
): FormerCa | undefined {
    if (!roots.includes(formerCaName)) {
        return undefined;
    }
    const [certificate] = CaCertificate.all(ca.caCert.text);
    return {
        facts: certificateFacts(certificate!.node),
        privateKeyPem: signingRoot === formerCaName ? ca.caKey.text : undefined,
        keep: isCacerts(namespace, name) ? files : undefined,
    };
}

/** A CA and the files that it was read from. */
interface ReadCa {
    ca: SigningCa;
    files: CaFiles;
}

/** Somebody's `cacerts` is read from where it is kept, once it is. @throws pulumi.RunError where there is no CA. */
async function readFormerCa(settings: FormerCaSettings, live: LiveOutputs): Promise<ReadCa> {
    const { namespace, name, context } = settings;
    const { readCaSecret } = await import("../kube/caSecret.ts");
    const read = (secret: string) => readCaSecret({ ...settings, name: secret });
    const source = `Secret ${namespace}/${name} of context ${context}, which the setting formerCa names,`;
    const [present, kept] = await Promise.all([
        read(name),
        isCacerts(namespace, name) ? read(keptSecretName) : undefined,
    ]).catch(({ message }: Error) => {
        throw refusal(
            `${source} cannot be read: ${message}.`,
            "Run this again when the cluster answers and lets you read it.",
        );
    });
    const files = live.formerCa ? (kept ?? present) : present;
    if (kept && files && !sameCa(kept, files)) {
        throw refusal(
            `Secret ${namespace}/${keptSecretName} of context ${context} holds the CA of an earlier move, and this move would overwrite it.`,
            `Delete it if no workload trusts that CA any more: \`kubectl delete secret ${keptSecretName} -n ${namespace} --context ${context}\`.`,
        );
    }
    const ca = files && formerCa(files);
    if (!files || !ca || "missing" in ca || CaCertificate.all(ca.caCert.text).length === 0) {
        const why = files ? "holds no CA" : "does not exist";
        throw refusal(`${source} ${why}.`, "Name the Secret whose CA istiod signs with.");
    }
    const known = Object.entries(files).filter(([file, text]) => caFileNames.includes(file) && text);
    return { ca, files: Object.fromEntries(known) };
}

function sameCa(...secrets: [CaFiles, CaFiles]): boolean {
    const [one, other] = secrets.map((files) => {
        const ca = formerCa(files);
        return "missing" in ca ? undefined : CaCertificate.all(ca.caCert.text)[0];
    });
    return one !== undefined && other !== undefined && one.equals(other);
}

/** What to do where the root of the CA that is plugged in is gone from the trust bundle, and its mesh is this stack's. */
function leftBehind(): string {
    const stack = pulumi.getStack();
    return `Either let the trust bundle hold both roots, under the old CA, until every workload trusts the new one; or, where the old root is gone for good, \`pulumi config set formerCa istio-system/${caCertsSecretName} --stack ${stack}\` and \`npm run migrate -- ${stack}\` move the mesh in steps, and no request fails.`;
}

function isCacerts(namespace: string, name: string): boolean {
    return namespace === "istio-system" && name === caCertsSecretName;
}

function refusal(found: string, remedy: string): pulumi.RunError {
    return new pulumi.RunError(`${found} Nothing was changed. ${remedy}`);
}
