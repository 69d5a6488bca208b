import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../components/intermediateCa";
import { plugInFiles } from "../components/plugInFiles";
import { ClusterSettings } from "../config/settings";
import { certificateFaults } from "../pki/bundle";
import { certificateFacts, parseCertificates } from "../pki/certificates";
import { mesh } from "./mesh";
import { crlOf } from "./crls";
import { ClusterOutputs, Exported, liveOutputs } from "./outputs";
import { refuseNearEnd } from "./expiry";
import { refuseForeignPeers } from "./peers";
import { refuseLongReissue, renewalWindowOf } from "./reissue";
import { liveIn, refuseSlips } from "./slips";
import { rootOf, signed, signerName } from "./signer";
import { toPlugIn, ToPlugIn } from "./takeover";

/**
 * One cluster: its intermediate CA, and once its certificate is signed, everything that stands on it.
 *
 * The key of the generation that is signed is kept beside that of the generation asked for, so there is never a
 * certificate without its key.
 */
export async function clusterProgram(settings: ClusterSettings): Promise<Exported<ClusterOutputs>> {
    const { cluster, generation, profile, peers } = settings;
    const live = await liveOutputs();
    const identity = await refuseSlips(settings, live);
    const found = await signed(settings, live);
    const signer = signerName(settings);
    let plugIn: ToPlugIn | undefined;
    if (found) {
        const { certificate, trustBundle, crls } = found;
        const own = plugInFiles(certificate.pem, trustBundle, profile, crls);
        plugIn = await toPlugIn(signer, cluster, own, settings.mesh, liveIn(identity, live));
        refuseNearEnd(
            `cluster ${cluster}`,
            certificateFacts(parseCertificates(certificate.pem)[0]!),
            settings.expiryGuardDays,
            typeof settings.signer === "string"
                ? `\`pulumi up --stack ${settings.signer}\` renews it.`
                : `Have its request signed anew: \`npm run csr -- ${pulumi.getStack()}\`.`,
        );
        await refuseForeignPeers(cluster, plugIn.files, peers);
    }
    refuseLongReissue(settings.mesh, found && renewalWindowOf(found.certificate));
    const generations = [...new Set([generation, found?.certificate.generation ?? generation])];
    const cas = new Map(
        generations.map((number) => [
            number,
            new IntermediateCa(`${cluster}-${number}`, { cluster, keyAlgorithm: profile.keyAlgorithm }),
        ]),
    );
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
    const ca = cas.get(certificate.generation)!;
    const files = ca.publicKeyPem.apply((publicKeyPem) => {
        const faults = certificateFaults(certificate.pem, publicKeyPem, trustBundle);
        if (faults.length > 0) {
            const heading = `The certificate that ${signer} signed for generation ${certificate.generation} of cluster ${cluster} cannot be plugged in, cacerts was left as it is:`;
            const remedy = `Set generation to ${certificate.generation + 1} for a new key and certificate.`;
            throw new pulumi.ResourceError([heading, ...faults, remedy].join("\n  "), ca, true);
        }
        return plugged;
    });
    const formerKey = former?.privateKeyPem;
    const privateKeyPem = formerKey === undefined ? ca.privateKeyPem : pulumi.secret(formerKey);
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
                { files, privateKeyPem, keep: former?.keep, renewFrom: certificate.renewFrom },
                settings.mesh,
                identity,
            )),
    };
}
