import * as pulumi from "@pulumi/pulumi";
import { generationName } from "../config/root";
import { RootSettings } from "../config/settings";
import { PublicFiles, caCertFile } from "../pki/bundle";
import { parseCertificates } from "../pki/certificates";
import { serialNumber } from "../pki/crl";
import { issuerOf } from "../pki/issuer";
import { IssuedCertificate, RootOutputs, SignedCertificate } from "./outputs";

/** What stack root knew after its last `up`. */
type Live = Partial<Pick<RootOutputs, "certificates" | "issued" | "revoked">>;

/**
 * When each certificate was revoked that the settings name, by serial number. What was revoked before keeps its date.
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
                `revoked names ${name}, but no such certificate was signed. Known are ${known(live.issued ?? {})}.`,
            );
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

/** What was signed before and has not ended, and what is signed now, by serial number. */
export async function issuedNow(
    before: Record<string, IssuedCertificate>,
    certificates: Record<string, SignedCertificate>,
    now = new Date(),
): Promise<Record<string, IssuedCertificate>> {
    const valid = Object.entries(before).filter(([, { notAfter }]) => Date.parse(notAfter) > now.getTime());
    const signed = Object.entries(certificates).map(async ([cluster, { generation, pem }]) => {
        const [certificate] = parseCertificates(pem);
        const notAfter = certificate!.validToDate.toISOString();
        const { keyId } = await issuerOf(certificate!.toString());
        return [serialNumber(certificate!.serialNumber), { cluster, generation, notAfter, keyId }] as const;
    });
    return Object.fromEntries([...valid, ...(await Promise.all(signed))]);
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
    const [, cluster, generation] = generationName.exec(name) ?? [];
    return cluster === undefined
        ? [serialNumber(name)]
        : Object.entries(issued)
              .filter(([, each]) => each.cluster === cluster && each.generation === Number(generation))
              .map(([serial]) => serial);
}

function known(issued: Record<string, IssuedCertificate>): string {
    const names = Object.values(issued).map(({ cluster, generation }) => `${cluster}/${generation}`);
    return [...new Set(names)].sort().join(", ") || "none";
}
