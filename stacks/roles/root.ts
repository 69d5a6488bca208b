import * as pulumi from "@pulumi/pulumi";
import { firstRootName, RootSettings } from "../../config/settings";
import { PublicFiles } from "../../pki/bundle";
import { CaCertificate } from "../../pki/caCertificate";
import { certificateFacts, parseCertificates } from "../../pki/certificates";
import { csrFaults, RefusedRequest } from "../../pki/csr";
import { renewalDate } from "../../pki/profile";
import { ClusterOutputs, Exported, OfGeneration, RootOutputs, stackOutputs } from "../outputs";
import { Asked, clusterCrls, refuseNoCrls, signable } from "../crls";
import { refuseNearExpiry } from "../expiry";
import { issuedNow, refuseRevokedKeys, revokedNow } from "../revocation";
import { refuseRemadeRoots, refuseUnknownRoots } from "../knownRoots";
import { leadsTo, refuseJump } from "../rootSteps";
import { refuseOtherRole } from "../slips";
import { signingRoot } from "../signingRoot";

/** The root CAs that workloads trust, and a certificate for each cluster that asks for one, signed by one of them. */
export async function rootProgram(settings: RootSettings): Promise<Exported<RootOutputs>> {
    const { clusters } = settings;
    // First and alone: a file backend cannot be read while the engine writes this stack's next step to it.
    const own = stackOutputs<ClusterOutputs & RootOutputs>(pulumi.getStack());
    refuseOtherRole("root", { csr: await own("csr"), status: await own("status") });
    const [roots, trustBundle, retired] = [
        await own("roots"),
        await own("trustBundle"),
        await own("retired"),
    ];
    const live = {
        certificates: await own("certificates"),
        issued: await own("issued"),
        revoked: await own("revoked"),
        crls: await own("crls"),
    };
    const asked = await askClusters(clusters);
    const { plugged } = asked;
    const standingAlone = Object.entries(plugged).filter(([name]) => !asked.moving.includes(name));
    if (roots && trustBundle !== undefined) {
        const known = { roots, trustBundle, retired };
        refuseUnknownRoots(known, Object.fromEntries(standingAlone));
        refuseJump(settings, known, Object.fromEntries(standingAlone));
    }
    if (!settings.crls) {
        refuseNoCrls(plugged);
    }
    const signing = roots?.[settings.signingRoot];
    if (signing && settings.roots.length === 1) {
        const remedy = `Replace it: \`npm run rotate -- ${pulumi.getStack()}\`.`;
        const what = `root ${settings.signingRoot}`;
        refuseNearExpiry({ what, ...signing, remedy }, settings.expiryGuardDays);
    }
    refuseWrong(asked.requests);
    const revoked = revokedNow(settings, live, plugged);
    const { requests, withheld } = await signable(asked, live);
    await refuseRevokedKeys(requests, revoked, live.issued);
    const ours = CaCertificate.all(trustBundle ?? "");
    const standing = Object.entries(plugged).filter(([, files]) => leadsTo(ours, files));
    const { lists, missing } = settings.crls
        ? await clusterCrls({ ...asked, plugged: Object.fromEntries(standing) }, live.crls, live.issued ?? {})
        : { missing: [] };
    const cas = new Map(settings.roots.map((name) => [name, signingRoot(name, settings, live)]));
    const made = [...cas].filter(([name]) => !(settings.existing && name === firstRootName));
    await refuseRemadeRoots(made, { roots: roots ?? {} });
    const signer = cas.get(settings.signingRoot)!;
    const certificates = Object.entries(requests).map(([cluster, { generation, pem }]) => {
        const signed = signer.sign(cluster, pem);
        const renewFrom = pulumi
            .output(signed.pem)
            .apply((certificate) => renewalDate(settings.profile, facts(certificate)));
        return [cluster, { generation, csr: pem, ...signed, renewFrom }] as const;
    });
    const certPems = Object.fromEntries([...cas].map(([name, { certPem }]) => [name, certPem]));
    return {
        root: signer.certPem.apply(facts),
        roots: Object.fromEntries([...cas].map(([name, { certPem }]) => [name, certPem.apply(facts)])),
        trustBundle: pulumi.all(certPems).apply((pems) => Object.values(pems).join("")),
        retired: pulumi.all(certPems).apply((pems) => retiredNow(retired, trustBundle, Object.values(pems))),
        certificates: Object.fromEntries(certificates) as Exported<RootOutputs["certificates"]>,
        issued: pulumi
            .output(Object.fromEntries(certificates))
            .apply((signed) => issuedNow({ issued: live.issued ?? {}, revoked }, signed)),
        revoked,
        ...(lists && {
            crls: pulumi
                .all([...cas.values()].map((ca) => ca.revoke(revoked)))
                .apply((ofRoots) => [...ofRoots, ...lists].join("")),
        }),
        withheld: [...withheld, ...missing],
    };
}

function facts(pem: string) {
    return certificateFacts(parseCertificates(pem)[0]!);
}

/** Those of before, and what was trusted until now and is no longer. */
function retiredNow(before: string[] = [], trustBundle = "", pems: string[]): string[] {
    const fingerprints = (text: string) => CaCertificate.all(text).map(({ fingerprint }) => fingerprint);
    const trusted = fingerprints(pems.join(""));
    return [...new Set([...before, ...fingerprints(trustBundle)])].filter((each) => !trusted.includes(each));
}

/** What the clusters ask to have signed, and what is plugged in. */
async function askClusters(clusters: string[]): Promise<Asked & { moving: string[] }> {
    const answers = await Promise.all(
        clusters.map(async (cluster) => {
            const outputs = stackOutputs<ClusterOutputs>(cluster);
            const [csr, files, crls, formerCa] = await Promise.all([
                outputs("csr"),
                outputs("files"),
                outputs("crls"),
                outputs("formerCa"),
            ]);
            return { cluster, csr, files, crls, formerCa };
        }),
    );
    const requests: Record<string, OfGeneration> = {};
    const plugged: Record<string, PublicFiles> = {};
    const lists: Record<string, string> = {};
    for (const { cluster, csr, files, crls } of answers) {
        if (csr) {
            requests[cluster] = csr;
        } else {
            const todo = `\`pulumi up --stack ${cluster}\``;
            void pulumi.log.info(`Cluster ${cluster} has not asked for a certificate: ${todo}.`);
        }
        if (files) {
            plugged[cluster] = files;
        }
        if (crls !== undefined) {
            lists[cluster] = crls;
        }
    }
    const moving = answers.filter(({ formerCa }) => formerCa !== undefined).map(({ cluster }) => cluster);
    return { requests, plugged, crls: lists, moving };
}

/** The component would refuse them too, but one by one and with some clusters signed already. */
function refuseWrong(requests: Record<string, OfGeneration>): void {
    const refusals = Object.entries(requests).flatMap(([cluster, { pem }]) => {
        const faults = csrFaults(pem, cluster);
        return faults.length > 0 ? [new RefusedRequest(cluster, faults).message] : [];
    });
    if (refusals.length > 0) {
        throw new pulumi.RunError(refusals.join("\n"));
    }
}
