import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../../components/intermediateCa";
import { IntermediateCertificate } from "../../components/intermediateCertificate";
import { RootCa } from "../../components/rootCa";
import { StandaloneSettings } from "../../config/settings";
import { publicFiles } from "../../pki/bundle";
import { certificateFacts, parseCertificates } from "../../pki/certificates";
import { renewalDate, renewalWindowHours } from "../../pki/profile";
import { refuseRemadeRoot } from "../knownRoots";
import { refuseAmbient } from "../liveMesh";
import { mesh } from "../mesh";
import { ClusterOutputs, Exported, liveOutputs, standaloneStatus } from "../outputs";
import { refuseLongReissue } from "../reissue";
import { liveIn, refuseSlips } from "../slips";
import { toPlugIn } from "../takeover";

/** The whole task in one stack: a root CA, one cluster's intermediate CA, and everything that stands on it. */
export async function standaloneProgram(settings: StandaloneSettings): Promise<Exported<ClusterOutputs>> {
    const { cluster, generation, profile, protectRoot, mesh: meshSettings } = settings;
    const live = await liveOutputs();
    const identity = await refuseSlips(settings, live);
    if (meshSettings && !live.files) {
        // What is to be plugged in is known later only, when the root is made.
        await refuseAmbient(cluster, meshSettings);
    }
    refuseLongReissue(
        meshSettings,
        renewalWindowHours(profile, profile.intermediateValidityDays * 24) || undefined,
    );
    const root = new RootCa("root", { profile }, { protect: protectRoot });
    const ca = new IntermediateCa(`${cluster}-${generation}`, {
        cluster,
        keyAlgorithm: profile.keyAlgorithm,
    });
    const { certRequestPem } = ca;
    const { certPem } = new IntermediateCertificate(cluster, { cluster, certRequestPem, ca: root, profile });
    const files = pulumi.all([certPem, root.certPem]).apply(async ([caCertPem, trustBundlePem]) => {
        refuseRemadeRoot(trustBundlePem, live.root);
        const own = publicFiles(caCertPem, trustBundlePem, profile);
        return (await toPlugIn("this stack", cluster, own, meshSettings, liveIn(identity, live))).files;
    });
    const facts = certPem.apply((pem) => {
        const facts = certificateFacts(parseCertificates(pem)[0]!);
        return { ...facts, generation, renewFrom: renewalDate(profile, facts) };
    });
    return {
        status: standaloneStatus,
        ca: facts,
        root: root.certPem.apply((pem) => certificateFacts(parseCertificates(pem)[0]!)),
        files,
        ...(settings.mesh &&
            mesh(
                cluster,
                { files, privateKeyPem: ca.privateKeyPem, renewFrom: facts.renewFrom },
                settings.mesh,
                identity,
            )),
    };
}
