import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../../components/intermediateCa";
import { plugInBundle } from "../../components/caPems";
import { ClusterSettings } from "../../config/settings";
import { certificateFacts, parseCertificates } from "../../pki/certificates";
import { mesh } from "../mesh";
import { providerArgs } from "../pluggedInCa";
import { MeshIdentity } from "../meshIdentity";
import { crlOf } from "../crls";
import { ClusterOutputs, Exported, LiveOutputs, liveOutputs } from "../outputs";
import { refuseNearExpiry } from "../expiry";
import { refuseForeignPeers } from "../peers";
import { refuseLongReissue, renewalWindowOf } from "../reissue";
import { rootOf, Signed, signed, signerName } from "../signer";
import { signingKey, SigningKey } from "../signingKey";
import { liveIn, refuseSlips } from "../slips";
import { toPlugIn, ToPlugIn } from "../takeover";

/**
 * One cluster: its intermediate CA, and once its certificate is signed, everything that stands on it.
 *
 * The key of the generation that is signed is kept beside that of the generation asked for, so there is never a
 * certificate without its key. Where that key is gone, what is plugged in stays until another is signed.
 */
export async function clusterProgram(settings: ClusterSettings): Promise<Exported<ClusterOutputs>> {
    const { cluster, generation, profile, peers } = settings;
    const live = await liveOutputs();
    const identity = await refuseSlips(settings, live);
    const found = await signed(settings, live);
    const signer = signerName(settings);
    let plugIn: ToPlugIn | undefined;
    if (found) {
        const own = plugInBundle(found.certificate.pem, found.trustBundle, profile, found.crls).files;
        plugIn = await toPlugIn(signer, cluster, own, settings.mesh, liveIn(identity, live));
        await refuseForeignPeers(cluster, plugIn.files, peers, live.files);
    }
    refuseLongReissue(settings.mesh, found && renewalWindowOf(found.certificate));
    // Its process starts while the keys are looked at.
    const provider = plugIn && settings.mesh && new Provider(cluster, providerArgs(cluster, settings.mesh));
    const generations = [...new Set([generation, found?.certificate.generation ?? generation])];
    const intermediateCa = (number: number) =>
        new IntermediateCa(`${cluster}-${number}`, { cluster, keyAlgorithm: profile.keyAlgorithm });
    const cas = new Map(generations.map((number) => [number, intermediateCa(number)]));
    const csr = { generation, pem: cas.get(generation)!.certRequestPem };
    const crls = pulumi.concat(
        ...[...cas.values()].map((ca) => crlOf(ca.certRequestPem, ca.privateKeyPem, {}, live.crls)),
    );
    if (!found || !plugIn) {
        const status = `CSR exported; waiting for ${signer} to sign it`;
        void pulumi.log.info(status);
        return { status, csr, crls };
    }
    const { certificate, trustBundle } = found;
    const { files: plugged, former } = plugIn;
    const key: SigningKey =
        former?.privateKeyPem === undefined
            ? await signingKey(settings, found, cas.get(certificate.generation)!)
            : { privateKeyPem: pulumi.secret(former.privateKeyPem) };
    if (key.warning !== undefined) {
        void pulumi.log.warn(key.warning);
    }
    const { privateKeyPem } = key;
    if (privateKeyPem === undefined) {
        if (live.ca && !cas.has(live.ca.generation)) {
            intermediateCa(live.ca.generation);
        }
        const status = `generation ${certificate.generation} cannot be plugged in; CSR exported; waiting for ${signer} to sign it`;
        return { status, csr, crls, ...keepPluggedIn(settings, live, identity, provider) };
    }
    if (key.warning === undefined && certificate.generation === generation) {
        refuseUnrenewed(settings, found);
    }
    const files = pulumi.output(plugged);
    return {
        status: certificate.generation === generation ? "CA signed" : `waiting for generation ${generation}`,
        csr,
        crls,
        ca: {
            ...certificateFacts(parseCertificates(certificate.pem)[0]!),
            generation: certificate.generation,
            renewFrom: certificate.renewFrom,
        },
        root: certificateFacts((rootOf(plugged)?.node ?? parseCertificates(trustBundle)[0])!),
        files,
        ...(former && { formerCa: former.facts }),
        ...(settings.mesh &&
            mesh(
                cluster,
                { files, privateKeyPem, keep: former?.keep, renewFrom: certificate.renewFrom, provider },
                settings.mesh,
                identity,
            )),
    };
}

/** A new generation that is asked for is about to take its place, and so is a key that is gone. */
function refuseUnrenewed(settings: ClusterSettings, { certificate }: Signed): void {
    const { cluster, signer, generation, expiryGuardDays } = settings;
    const stack = pulumi.getStack();
    const { renewFrom } = certificate;
    const newKey = `Nobody renews it: \`pulumi config set generation ${generation + 1} --stack ${stack}\` and \`npm run up\` give it a new key and certificate.`;
    const renewed = (by: string) =>
        renewFrom === undefined ? newKey : `\`pulumi up --stack ${by}\` renews it.`;
    const remedy =
        typeof signer === "string"
            ? renewed(signer)
            : `Have its request signed again: \`npm run csr -- ${stack}\` prints it.`;
    const facts = certificateFacts(parseCertificates(certificate.pem)[0]!);
    refuseNearExpiry({ what: `cluster ${cluster}`, ...facts, renewFrom, remedy }, expiryGuardDays);
}

/** Everything as the last `up` left it: the Secret that holds the only copy of a key, and all that stands on it. */
function keepPluggedIn(
    { cluster, mesh: meshSettings }: ClusterSettings,
    { ca, root, files, formerCa }: LiveOutputs,
    identity: MeshIdentity | undefined,
    provider: Provider | undefined,
): Partial<Exported<ClusterOutputs>> {
    if (!ca || !root || !files) {
        return {};
    }
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
        ...(formerCa && { formerCa }),
        ...(meshSettings && mesh(cluster, plugged, meshSettings, identity)),
    };
}
