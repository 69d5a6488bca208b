import * as pulumi from "@pulumi/pulumi";
import { RootSettings } from "../config/settings";
import type { CaBundle } from "../pki/caBundle";
import { CaCertificate } from "../pki/caCertificate";
import { csrFaults } from "../pki/csr";
import { Asked, clusterCrls, signable } from "./crls";
import type { Expiring } from "./guards/expiry";
import { once } from "./once";
import { ClusterOutputs, EarlierOutputs, pluggedBundle, RootOutputs, stackOutputs } from "./outputs";
import { revocation } from "./revocation";

/** What stack root's last `up` left. */
export type LastRoots = Partial<
    Pick<RootOutputs, "roots" | "trustBundle" | "retired" | "certificates" | "issued" | "revoked" | "crls"> &
        // What another role's stack exports.
        Pick<ClusterOutputs, "csr" | "status">
>;

/** To be read first and alone: a file backend cannot be read while the engine writes this stack's next step to it. */
export async function lastRoots(): Promise<LastRoots> {
    const own = stackOutputs<ClusterOutputs & RootOutputs>(pulumi.getStack());
    return {
        csr: await own("csr"),
        status: await own("status"),
        roots: await own("roots"),
        trustBundle: await own("trustBundle"),
        retired: await own("retired"),
        certificates: await own("certificates"),
        issued: await own("issued"),
        revoked: await own("revoked"),
        crls: await own("crls"),
    } satisfies Record<keyof LastRoots, unknown>;
}

/** What the clusters ask of stack root. */
export interface AskedOfRoot extends Asked {
    /** The files that are plugged in, of the clusters that do not migrate from another CA at the moment. */
    settled: Record<string, CaBundle>;
}

/** What an `up` of stack root is about to change: what is asked, what its last `up` left, and what the clusters ask. */
export class RootChange {
    constructor(
        readonly settings: RootSettings,
        readonly last: LastRoots,
    ) {}

    /** What is read of the outputs of every cluster's stack. */
    readonly clusters = once(() => readClusters(this.settings.clusters));

    readonly asked = once(async () => askedBy(await this.clusters()));

    /** What is revoked. */
    readonly revocation = once(async () =>
        revocation(this.settings, this.last, (await this.asked()).plugged),
    );

    /** The requests that may be signed now. */
    readonly signable = once(async () => {
        const asked = await this.asked();
        const wellFormed = Object.entries(asked.requests).filter(
            ([cluster, { pem }]) => csrFaults(pem, cluster).length === 0,
        );
        return signable({ ...asked, requests: Object.fromEntries(wellFormed) }, this.last);
    });

    /** The CRLs of the clusters' CAs that are below a root of this stack. */
    readonly crls = once(async (): Promise<{ lists?: string[]; missing: string[] }> => {
        if (!this.settings.crls) {
            return { missing: [] };
        }
        const asked = await this.asked();
        const ours = CaCertificate.all(this.last.trustBundle ?? "");
        const below = Object.entries(asked.plugged).filter(([, bundle]) => bundle.dependsOn(ours));
        const { crls, issued } = this.last;
        return clusterCrls({ ...asked, plugged: Object.fromEntries(below) }, crls, issued ?? {});
    });

    get expiryGuardDays(): number {
        return this.settings.expiryGuardDays;
    }

    /** The root that signs, unless another one is about to take its place. */
    get expiring(): Expiring | undefined {
        const { roots, signingRoot } = this.settings;
        const signing = this.last.roots?.[signingRoot];
        const remedy = `Replace it: \`npm run rotate -- ${pulumi.getStack()}\`.`;
        return signing && roots.length === 1
            ? { what: `root ${signingRoot}`, ...signing, remedy }
            : undefined;
    }
}

/** What stack root reads of a cluster's outputs. */
export type OutputsOfCluster = {
    [K in keyof typeof readOfCluster]?: (ClusterOutputs & EarlierOutputs)[K] | undefined;
};

const readOfCluster = { csr: true, files: true, crls: true, previousCa: true, formerCa: true } as const;

async function readClusters(clusters: string[]): Promise<Record<string, OutputsOfCluster>> {
    const answers = clusters.map(async (cluster) => {
        const outputs = stackOutputs<ClusterOutputs & EarlierOutputs>(cluster);
        const names = Object.keys(readOfCluster) as (keyof typeof readOfCluster)[];
        const read = names.map(async (name) => [name, await outputs(name)] as const);
        return [cluster, Object.fromEntries(await Promise.all(read))] as const;
    });
    return Object.fromEntries(await Promise.all(answers));
}

/** What is plugged in, of the clusters that do not migrate from another CA at the moment. */
export function settledOf(clusters: Record<string, OutputsOfCluster>): Record<string, CaBundle> {
    const settled = Object.entries(clusters).flatMap(([cluster, { files, previousCa, formerCa }]) => {
        const bundle = pluggedBundle(files);
        return bundle && (previousCa ?? formerCa) === undefined ? [[cluster, bundle] as const] : [];
    });
    return Object.fromEntries(settled);
}

function askedBy(clusters: Record<string, OutputsOfCluster>): AskedOfRoot {
    const settled = settledOf(clusters);
    const asked: AskedOfRoot = { requests: {}, plugged: {}, settled, crls: {} };
    for (const [cluster, { csr, files, crls }] of Object.entries(clusters)) {
        const bundle = settled[cluster] ?? pluggedBundle(files);
        if (csr) {
            asked.requests[cluster] = csr;
        } else {
            const todo = `\`pulumi up --stack ${cluster}\``;
            void pulumi.log.info(`Cluster ${cluster} has not asked for a certificate: ${todo}.`);
        }
        if (bundle) {
            asked.plugged[cluster] = bundle;
        }
        if (crls !== undefined) {
            asked.crls[cluster] = crls;
        }
    }
    return asked;
}
