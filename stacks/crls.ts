import * as pulumi from "@pulumi/pulumi";
import type { CaBundle } from "../pki/caBundle";
import { Crl, currentCrl, newestCrls } from "../pki/crl";
import { issuerOf } from "../pki/issuer";
import { keySigner } from "../pki/signer";
import { IssuedCertificate, OfGeneration, RootOutputs } from "./outputs";

/** What the clusters' stacks report, by cluster. */
export interface Asked {
    requests: Record<string, OfGeneration>;
    /** The CAs that are plugged in. */
    plugged: Record<string, CaBundle>;
    /** The CRLs of the CAs whose keys they hold, PEM. */
    crls: Record<string, string>;
}

/**
 * The requests that may be signed. Workloads reject the certificate of a new key until they have its CRL, which takes time, in its
 * own cluster too: until then the previous certificate stays, for the previous key.
 */
export function signable(
    { requests, plugged }: Asked,
    last: Partial<Pick<RootOutputs, "certificates" | "crls">>,
): { requests: Record<string, OfGeneration>; withheld: string[] } {
    const withheld: string[] = [];
    const entries = Object.entries(requests).map(([cluster, request]) => {
        const before = last.certificates?.[cluster];
        if (before?.csr === undefined) {
            return [cluster, request] as const;
        }
        const keep = [cluster, { generation: before.generation, pem: before.csr }] as const;
        if (request.generation < before.generation) {
            void pulumi.log.warn(
                `Cluster ${cluster} asks for generation ${request.generation}, but generation ${before.generation} is signed: its state was restored from a backup, perhaps. The certificate stays as it is. Set generation of ${cluster} to ${before.generation + 1} and run \`npm run up\`.`,
            );
            return keep;
        }
        const key = issuerOf(request.pem);
        if (last.crls === undefined || issuerOf(before.csr).keyId === key.keyId) {
            return [cluster, request] as const;
        }
        const behind = Object.entries(plugged).filter(
            ([, bundle]) => bundle.crls && !bundle.crls.some((crl) => crl.isOf(key)),
        );
        if (behind.length === 0) {
            return [cluster, request] as const;
        }
        const names = behind.map(([name]) => name).join(", ");
        void pulumi.log.info(
            `Generation ${request.generation} of ${cluster} is signed when ${names} ${behind.length === 1 ? "has" : "have"} its CRL: bring them up, then this stack again.`,
        );
        withheld.push(cluster);
        return keep;
    });
    return { requests: Object.fromEntries(entries), withheld };
}

/**
 * The CRLs of all CAs but the roots: those that clusters report, and those of CAs that have not expired. None while one is missing,
 * because Envoy rejects every workload below a CA without one.
 *
 * @param before - the CRLs of the last `up`; workloads check CRLs if there are any
 */
export function clusterCrls(
    { plugged, crls }: Asked,
    before: string | undefined,
    issued: Record<string, IssuedCertificate>,
): { lists?: string[]; missing: string[] } {
    const valid = Object.values(issued).filter(({ notAfter }) => Date.parse(notAfter) > Date.now());
    const keyIds = new Set(valid.map(({ keyId }) => keyId));
    const kept = Crl.all(before ?? "").filter(({ keyId }) => keyIds.has(String(keyId)));
    const all = [...Object.values(crls).flatMap((text) => Crl.all(text)), ...kept];
    const lists = newestCrls(all.reverse());
    const missing: string[] = [];
    for (const [cluster, bundle] of Object.entries(plugged)) {
        const ca = issuerOf(bundle.ca.pem);
        if (!lists.some((crl) => crl.isOf(ca))) {
            missing.push(cluster);
        }
    }
    if (missing.length === 0) {
        return { lists: lists.map(({ pem }) => pem).sort(), missing };
    }
    if (before === undefined) {
        const names = missing.join(", ");
        void pulumi.log.info(`The CA of ${names} has no CRL yet: bring ${names} up, then this stack again.`);
    }
    return { missing };
}

/**
 * The CRL of a CA whose key this stack holds. One that was signed before and says the same stays.
 *
 * @param issuerPem - the CA's certificate, or its request for one
 * @param before - the CRLs that were signed before
 */
export function crlOf(
    issuerPem: pulumi.Input<string>,
    privateKeyPem: pulumi.Input<string>,
    revoked: Record<string, string>,
    before = "",
): pulumi.Output<string> {
    const list = pulumi.all([issuerPem, privateKeyPem]).apply(([issuer, key]) => {
        const request = { issuerPem: issuer, signer: keySigner(key), revoked };
        return currentCrl(before, request, async () =>
            (await import("../pki/signedCrl.ts")).signCrl(request),
        );
    });
    // The key is secret, what it signed is not.
    return pulumi.unsecret(list);
}
