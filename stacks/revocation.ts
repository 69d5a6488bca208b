import * as pulumi from "@pulumi/pulumi";
import { generationName } from "../config/root";
import { RootSettings } from "../config/settings";
import { PublicFiles, caCertFile } from "../pki/bundle";
import { parseCertificates } from "../pki/certificates";
import { serialNumber } from "../pki/crl";
import { issuerOf } from "../pki/issuer";
import { IssuedCertificate, OfGeneration, RootOutputs, SignedCertificate } from "./outputs";

/** What stack root knew after its last `up`. */
type Live = Partial<Pick<RootOutputs, "certificates" | "issued" | "revoked">>;

/**
 * When each certificate was revoked that the settings name, by serial number. What was revoked before keeps its date. One that
 * has expired may stay in the settings: the output `issued` keeps it as long as it is revoked.
 *
 * @param plugged - the files that are plugged in, by cluster
 * @throws pulumi.RunError naming what was never signed, or is still in use: its workloads would be refused.
 */
export function revokedNow(
    { revoked, clusters }: Pick<RootSettings, "revoked" | "clusters">,
    live: Live,
    plugged: Record<string, PublicFiles>,
    now = new Date(),
): Record<string, string> {
    const users = inUse(clusters, live.certificates ?? {}, plugged);
    const faults: string[] = [];
    const serials = revoked.flatMap((name) => {
        const named = serialsOf(name, live.issued ?? {});
        if (named.length === 0) {
            faults.push(
                `revoked names ${name}, but no certificate of that name is valid or was revoked before. Known are ${known(live.issued ?? {})}. Correct the entry, or remove it if its certificate has expired.`,
            );
        }
        const ends = named.flatMap((serial) => live.issued?.[serial]?.notAfter ?? []).sort();
        const last = ends.at(-1);
        if (last !== undefined && Date.parse(last) <= now.getTime()) {
            void pulumi.log.info(`revoked names ${name}, which expired ${last}: you may remove the entry.`);
        }
        const cluster = named.map((serial) => users.get(serial)).find((user) => user !== undefined);
        if (cluster !== undefined) {
            faults.push(
                `revoked names ${name}, which cluster ${cluster} has plugged in: its workloads would be refused. Give it a new key first (generation), or take ${cluster} out of clusters to cut it off.`,
            );
        }
        return named;
    });
    if (faults.length > 0) {
        throw new pulumi.RunError([...faults, "Nothing was changed."].join("\n"));
    }
    return Object.fromEntries(serials.map((serial) => [serial, live.revoked?.[serial] ?? now.toISOString()]));
}

/** What was signed before and has not expired or is revoked, and what is signed now, by serial number. */
export async function issuedNow(
    { issued = {}, revoked = {} }: Pick<Live, "issued" | "revoked">,
    certificates: Record<string, SignedCertificate>,
    now = new Date(),
): Promise<Record<string, IssuedCertificate>> {
    const kept = Object.entries(issued).filter(
        ([serial, { notAfter }]) => Date.parse(notAfter) > now.getTime() || serial in revoked,
    );
    const signed = Object.entries(certificates).map(async ([cluster, { generation, pem }]) => {
        const [certificate] = parseCertificates(pem);
        const notAfter = certificate!.validToDate.toISOString();
        const { keyId } = await issuerOf(certificate!.toString());
        return [serialNumber(certificate!.serialNumber), { cluster, generation, notAfter, keyId }] as const;
    });
    return Object.fromEntries([...kept, ...(await Promise.all(signed))]);
}

/**
 * A key that is revoked gets no other certificate: its list names serial numbers, so a new one would be good again.
 *
 * @throws pulumi.RunError naming the clusters that ask for one, and what to do.
 */
export async function refuseRevokedKeys(
    requests: Record<string, OfGeneration>,
    revoked: Record<string, string>,
    issued: Record<string, IssuedCertificate> = {},
): Promise<void> {
    const keyIds = Object.keys(revoked).map((serial) => issued[serial]?.keyId);
    const asking = Object.entries(requests).map(async ([cluster, { generation, pem }]) =>
        keyIds.includes((await issuerOf(pem)).keyId)
            ? [
                  `Cluster ${cluster} asks for a certificate for a key that is revoked. Set its generation to ${generation + 1} for a new key and run \`pulumi up\` there.`,
              ]
            : [],
    );
    const faults = (await Promise.all(asking)).flat();
    if (faults.length > 0) {
        throw new pulumi.RunError([...faults, "Nothing was changed."].join("\n"));
    }
}

/** Whose CA each is, by serial number. */
function inUse(
    clusters: string[],
    certificates: RootOutputs["certificates"],
    plugged: Record<string, PublicFiles>,
): Map<string, string> {
    const pems = clusters.flatMap((cluster) =>
        [certificates[cluster]?.pem, plugged[cluster]?.[caCertFile]].map((pem) => [cluster, pem] as const),
    );
    return new Map(
        pems.flatMap(([cluster, pem = ""]) =>
            parseCertificates(pem)
                .slice(0, 1)
                .map((certificate) => [serialNumber(certificate.serialNumber), cluster] as const),
        ),
    );
}

function serialsOf(name: string, issued: Record<string, IssuedCertificate>): string[] {
    const found = generationName.exec(name);
    return found
        ? Object.entries(issued)
              .filter(([, each]) => each.cluster === found[1] && each.generation === Number(found[2]))
              .map(([serial]) => serial)
        : [serialNumber(name)];
}

function known(issued: Record<string, IssuedCertificate>): string {
    const names = Object.values(issued).map(({ cluster, generation }) => `${cluster}/${generation}`);
    return [...new Set(names)].sort().join(", ") || "none";
}
