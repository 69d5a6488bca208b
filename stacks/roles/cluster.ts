import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../../components/intermediateCa";
import { ClusterSettings } from "../../config/settings";
import { Certificate } from "../../pki/certificate";
import { Change } from "../change";
import { crlOf } from "../crls";
import { refuseChange } from "../guards/clusterChain";
import { Expiring } from "../guards/expiry";
import { refuse } from "../guards/guard";
import { byKeys, keysUnchanged } from "../guards/keyChain";
import { clusterInputs } from "../inputs";
import { mesh } from "../mesh";
import { MeshIdentity } from "../meshIdentity";
import { ClusterOutputs, Exported, LastOutputs, lastOutputs } from "../outputs";
import { providerArgs } from "../pluggedInCa";
import { Signed, signerName } from "../signer";
import { signingKey, SigningKey } from "../signingKey";

/**
 * One cluster: its intermediate CA, and once its certificate is signed, everything that depends on it.
 *
 * The key of the generation that is signed is kept beside that of the generation asked for, so there is never a
 * certificate without its key. If that key is gone, what is plugged in stays until another is signed.
 */
export async function clusterProgram(settings: ClusterSettings): Promise<Exported<ClusterOutputs>> {
    const { cluster, generation, profile, expiryGuardDays } = settings;
    const last = await lastOutputs();
    const change = new Change(settings, last);
    await refuseChange(change);
    const [identity, found, plan] = [await change.identity(), await change.signed(), await change.plan()];
    const signer = signerName(settings);
    // Its process starts while the keys are looked at.
    const provider =
        plan && settings.mesh && new Provider(cluster, providerArgs(cluster, settings.mesh.access));
    const generations = [...new Set([generation, found?.certificate.generation ?? generation])];
    const intermediateCa = (number: number) =>
        new IntermediateCa(`${cluster}-${number}`, { cluster, keyAlgorithm: profile.keyAlgorithm });
    const cas = new Map(generations.map((number) => [number, intermediateCa(number)]));
    const csr = { generation, pem: cas.get(generation)!.certRequestPem };
    const crls = pulumi.concat(
        ...[...cas.values()].map((ca) => crlOf(ca.certRequestPem, ca.privateKeyPem, {}, last.crls)),
    );
    if (!found || !plan) {
        const status = `CSR exported; waiting for ${signer} to sign it`;
        void pulumi.log.info(status);
        return { status, csr, crls };
    }
    const { certificate } = found;
    const { bundle, previous } = plan;
    const key: SigningKey =
        previous?.privateKeyPem === undefined
            ? await signingKey(settings, found, cas.get(certificate.generation)!)
            : { privateKeyPem: pulumi.secret(previous.privateKeyPem) };
    const stays =
        key.privateKeyPem !== undefined && key.warning === undefined && certificate.generation === generation;
    const expiring = stays ? unrenewed(settings, found) : undefined;
    await refuse(byKeys, { unusable: key.unusable, expiring, expiryGuardDays }, keysUnchanged);
    if (key.warning !== undefined) {
        void pulumi.log.warn(key.warning);
    }
    const { privateKeyPem } = key;
    if (privateKeyPem === undefined) {
        if (last.ca && !cas.has(last.ca.generation)) {
            intermediateCa(last.ca.generation);
        }
        const status = `generation ${certificate.generation} cannot be plugged in; CSR exported; waiting for ${signer} to sign it`;
        return { status, csr, crls, ...keepPluggedIn(settings, last, identity, provider) };
    }
    const files = pulumi.output(bundle.files);
    const inputsDigest = stays
        ? clusterInputs(settings, (await change.offer())!, await change.peers())
        : undefined;
    return {
        status: certificate.generation === generation ? "CA signed" : `waiting for generation ${generation}`,
        csr,
        crls,
        ca: {
            ...Certificate.all(certificate.pem)[0]!.facts,
            generation: certificate.generation,
            renewFrom: certificate.renewFrom,
        },
        root: (bundle.root ?? Certificate.all(found.trustBundle)[0])!.facts,
        files,
        ...(previous && { previousCa: previous.facts }),
        ...(inputsDigest !== undefined && { inputsDigest }),
        ...(settings.mesh &&
            mesh(
                cluster,
                { files, privateKeyPem, keep: previous?.keep, renewFrom: certificate.renewFrom, provider },
                settings.mesh,
                identity,
            )),
    };
}

/** The CA that is plugged in, unless a new generation is about to take its place, or that of a key that is gone. */
function unrenewed({ cluster, signer, generation }: ClusterSettings, { certificate }: Signed): Expiring {
    const stack = pulumi.getStack();
    const { renewFrom } = certificate;
    const newKey = `Nobody renews it: \`pulumi config set generation ${generation + 1} --stack ${stack}\` and \`npm run up\` give it a new key and certificate.`;
    const renewed = (by: string) =>
        renewFrom === undefined ? newKey : `\`pulumi up --stack ${by}\` renews it.`;
    const remedy =
        typeof signer === "string"
            ? renewed(signer)
            : `Have its request signed again: \`npm run csr -- ${stack}\` prints it.`;
    const { facts } = Certificate.all(certificate.pem)[0]!;
    return { what: `cluster ${cluster}`, ...facts, renewFrom, remedy };
}

/** Everything as the last `up` left it: the Secret that holds the only copy of a key, and everything that depends on it. */
function keepPluggedIn(
    { cluster, mesh: meshSettings }: ClusterSettings,
    { ca, root, plugged: bundle, previousCa }: LastOutputs,
    identity: MeshIdentity | undefined,
    provider: Provider | undefined,
): Partial<Exported<ClusterOutputs>> {
    if (!ca || !root || !bundle) {
        return {};
    }
    const { files } = bundle;
    const plugged = {
        files: pulumi.output(files),
        privateKeyPem: undefined,
        renewFrom: ca.renewFrom,
        provider,
    };
    return {
        ca,
        root,
        files,
        ...(previousCa && { previousCa }),
        ...(meshSettings && mesh(cluster, plugged, meshSettings, identity)),
    };
}
