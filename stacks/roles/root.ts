import * as pulumi from "@pulumi/pulumi";
import { firstRootName, RootSettings } from "../../config/settings";
import { Certificate } from "../../pki/certificate";
import { renewalDate } from "../../pki/profile";
import { refuse } from "../guards/guard";
import { byKeys, keysUnchanged } from "../guards/keyChain";
import { byStacks } from "../guards/rootChain";
import { rootInputs } from "../inputs";
import { Exported, RootOutputs, valueOf } from "../outputs";
import { issuedNow } from "../revocation";
import { lastRoots, RootChange } from "../rootChange";
import { signingRoot, SigningRoot } from "../signingRoot";

/** The root CAs that workloads trust, and a certificate for each cluster that asks for one, signed by one of them. */
export async function rootProgram(settings: RootSettings): Promise<Exported<RootOutputs>> {
    const last = await lastRoots();
    const change = new RootChange(settings, last);
    await refuse(byStacks, change);
    const { revoked } = await change.revocation();
    const { requests, withheld } = await change.signable();
    const { lists, missing } = await change.crls();
    const settled = withheld.length === 0 && missing.length === 0;
    const inputsDigest = settled ? rootInputs(settings, await change.clusters(), last) : undefined;
    const cas = new Map(settings.roots.map((name) => [name, signingRoot(name, settings, last)]));
    await refuseRemade(settings, last.roots ?? {}, cas);
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
        retired: pulumi
            .all(certPems)
            .apply((pems) => retiredNow(last.retired, last.trustBundle, Object.values(pems))),
        certificates: Object.fromEntries(certificates) as Exported<RootOutputs["certificates"]>,
        issued: pulumi
            .output(Object.fromEntries(certificates))
            .apply((signed) => issuedNow({ issued: last.issued ?? {}, revoked }, signed)),
        revoked,
        ...(lists && {
            crls: pulumi
                .all([...cas.values()].map((ca) => ca.revoke(revoked)))
                .apply((ofRoots) => [...ofRoots, ...lists].join("")),
        }),
        withheld: [...withheld, ...missing],
        ...(inputsDigest !== undefined && { inputsDigest }),
    };
}

/** @throws Refused before a root signs that was made again because its key was gone. */
async function refuseRemade(
    { existing, expiryGuardDays }: RootSettings,
    trusted: RootOutputs["roots"],
    cas: Map<string, SigningRoot>,
): Promise<void> {
    const made = [...cas].filter(([name]) => name in trusted && !(existing && name === firstRootName));
    const pems = await Promise.all(
        made.map(async ([name, { certPem }]) => [name, await valueOf(certPem)] as const),
    );
    const roots = { role: "root" as const, made: Object.fromEntries(pems), trusted };
    await refuse(byKeys, { roots, expiryGuardDays }, keysUnchanged);
}

function facts(pem: string) {
    return Certificate.all(pem)[0]!.facts;
}

/** The roots that were replaced before, and those that were trusted until now and no longer are. */
function retiredNow(before: string[] = [], trustBundle = "", pems: string[]): string[] {
    const fingerprints = (text: string) => Certificate.all(text).map(({ fingerprint }) => fingerprint);
    const trusted = fingerprints(pems.join(""));
    return [...new Set([...before, ...fingerprints(trustBundle)])].filter((each) => !trusted.includes(each));
}
