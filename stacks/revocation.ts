import * as pulumi from "@pulumi/pulumi";
import { generationName } from "../config/root";
import { RootSettings } from "../config/settings";
import type { CaBundle } from "../pki/caBundle";
import { Certificate } from "../pki/certificate";
import { serialNumber } from "../pki/crl";
import { issuerOf } from "../pki/issuer";
import { IssuedCertificate, RootOutputs, SignedCertificate } from "./outputs";

/** What stack root knew after its last `up`. */
type Last = Partial<Pick<RootOutputs, "certificates" | "issued" | "revoked">>;

/** What the settings revoke. */
export interface Revocation {
    /** When each certificate was revoked, ISO 8601, by serial number. */
    revoked: Record<string, string>;
    /** The entries that name no certificate that was ever signed. */
    unknown: string[];
    /** The entries whose certificate a cluster uses: its workloads would be rejected. */
    inUse: { name: string; cluster: string }[];
}

/**
 * What the settings revoke. What was revoked before keeps its date. An entry that has expired may stay in the settings: the output
 * `issued` keeps its certificate as long as it is revoked.
 *
 * @param plugged - the files that are plugged in, by cluster
 */
export function revocation(
    { revoked, clusters }: Pick<RootSettings, "revoked" | "clusters">,
    last: Last,
    plugged: Record<string, CaBundle>,
    now = new Date(),
): Revocation {
    const users = usersOf(clusters, last.certificates ?? {}, plugged);
    const entries = revoked.map((name) => ({ name, serials: serialsOf(name, last.issued ?? {}) }));
    for (const { name, serials } of entries) {
        const expires = serials.flatMap((serial) => last.issued?.[serial]?.notAfter ?? []).sort();
        const latest = expires.at(-1);
        if (latest !== undefined && Date.parse(latest) <= now.getTime()) {
            void pulumi.log.info(`revoked names ${name}, which expired ${latest}: you may remove the entry.`);
        }
    }
    return {
        revoked: Object.fromEntries(
            entries
                .flatMap(({ serials }) => serials)
                .map((serial) => [serial, last.revoked?.[serial] ?? now.toISOString()]),
        ),
        unknown: entries.filter(({ serials }) => serials.length === 0).map(({ name }) => name),
        inUse: entries.flatMap(({ name, serials }) => {
            const cluster = serials.map((serial) => users.get(serial)).find((user) => user !== undefined);
            return cluster === undefined ? [] : [{ name, cluster }];
        }),
    };
}

/** What was signed before and has not expired or is revoked, and what is signed now, by serial number. */
export function issuedNow(
    { issued = {}, revoked = {} }: Pick<Last, "issued" | "revoked">,
    certificates: Record<string, SignedCertificate>,
    now = new Date(),
): Record<string, IssuedCertificate> {
    const kept = Object.entries(issued).filter(
        ([serial, { notAfter }]) => Date.parse(notAfter) > now.getTime() || serial in revoked,
    );
    const signed = Object.entries(certificates).map(([cluster, { generation, pem }]) => {
        const [certificate] = Certificate.all(pem);
        const { notAfter } = certificate!.facts;
        const { keyId } = issuerOf(certificate!.pem);
        return [serialNumber(certificate!.serial), { cluster, generation, notAfter, keyId }] as const;
    });
    return Object.fromEntries([...kept, ...signed]);
}

/** Whose CA each is, by serial number. */
function usersOf(
    clusters: string[],
    certificates: RootOutputs["certificates"],
    plugged: Record<string, CaBundle>,
): Map<string, string> {
    const used = clusters.flatMap((cluster) => {
        const [signed] = Certificate.all(certificates[cluster]?.pem ?? "");
        return [signed, plugged[cluster]?.ca].map((certificate) => ({ cluster, certificate }));
    });
    return new Map(
        used.flatMap(({ cluster, certificate }) =>
            certificate ? [[serialNumber(certificate.serial), cluster] as const] : [],
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
