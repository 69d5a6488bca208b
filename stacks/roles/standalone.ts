import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../../components/intermediateCa";
import { IntermediateCertificate } from "../../components/intermediateCertificate";
import { RootCa } from "../../components/rootCa";
import { StandaloneSettings } from "../../config/settings";
import { CaBundle } from "../../pki/caBundle";
import { Certificate } from "../../pki/certificate";
import { renewalDate } from "../../pki/profile";
import { Change } from "../change";
import { refuseChange } from "../guards/clusterChain";
import { refuse } from "../guards/guard";
import { byKeys, keysUnchanged } from "../guards/keyChain";
import { mesh } from "../mesh";
import { ClusterOutputs, Exported, lastOutputs, standaloneStatus } from "../outputs";

/** The whole task in one stack: a root CA, one cluster's intermediate CA, and everything that depends on it. */
export async function standaloneProgram(settings: StandaloneSettings): Promise<Exported<ClusterOutputs>> {
    const { cluster, generation, profile, protectRoot } = settings;
    const last = await lastOutputs();
    const change = new Change(settings, last);
    await refuseChange(change);
    const root = new RootCa("root", { profile }, { protect: protectRoot });
    const ca = new IntermediateCa(`${cluster}-${generation}`, {
        cluster,
        keyAlgorithm: profile.keyAlgorithm,
    });
    change.readAhead();
    const { certRequestPem } = ca;
    const { certPem } = new IntermediateCertificate(cluster, { cluster, certRequestPem, ca: root, profile });
    const files = pulumi.all([certPem, root.certPem]).apply(async ([caCertPem, trustBundlePem]) => {
        const trusted = last.root && { root: last.root };
        const roots = { role: "standalone" as const, made: { root: trustBundlePem }, trusted: trusted ?? {} };
        await refuse(byKeys, { roots, expiryGuardDays: 0 }, keysUnchanged);
        const signed = change.under({
            source: "this stack",
            bundle: CaBundle.signed(caCertPem, trustBundlePem, profile),
        });
        await refuseChange(signed);
        return (await signed.plan())!.bundle.files;
    });
    const facts = certPem.apply((pem) => {
        const { facts } = Certificate.all(pem)[0]!;
        return { ...facts, generation, renewFrom: renewalDate(profile, facts) };
    });
    const { privateKeyPem } = ca;
    const pluggedIn = { files, privateKeyPem, renewFrom: facts.renewFrom };
    return {
        status: standaloneStatus,
        ca: facts,
        root: root.certPem.apply((pem) => Certificate.all(pem)[0]!.facts),
        files,
        ...(settings.mesh && mesh(cluster, pluggedIn, settings.mesh, await change.identity())),
    };
}
