import { caCertFile, rootCertFile } from "../pki/caFiles";
import { Certificate, CertificateFacts } from "../pki/certificate";
import type { ClusterOutputs, LinksOutputs, RootOutputs } from "../stacks/outputs";
import type { MatrixSummary } from "../verify/matrixReport";

/** A stack, and what of its outputs the report shows. All of them are public. */
export interface StackFacts {
    stack: string;
    role: string;
    outputs: Partial<
        Pick<RootOutputs, "roots" | "trustBundle" | "withheld"> &
            Pick<ClusterOutputs, "status" | "root" | "files" | "previousCa" | "multicluster"> &
            Pick<LinksOutputs, "links"> & {
                ca: CertificateFacts & { renewFrom?: string };
                matrix: Pick<MatrixSummary, "clusters" | "cells">;
            }
    >;
}

/** A root that a stack signs with or that a cluster trusts. */
export interface Root extends CertificateFacts {
    /** Its name in the settings; its subject if no stack of this project holds it. */
    name: string;
    /** The stack that holds it; absent if none of this project does. */
    stack?: string;
    /** Whether its stack signs with it. */
    signs: boolean;
}

/** The CA of a cluster, and what its workloads trust. */
export interface Cluster {
    stack: string;
    /** What its stack reports about itself. */
    status: string;
    /** The CA that is plugged in; absent if there is none. */
    ca?: CertificateFacts & { renewFrom?: string };
    /** The fingerprint of the root of its CA. */
    root?: string;
    /** The fingerprints of the roots that its workloads trust. */
    trusts: string[];
    /** The CA that the mesh has used until now, while it is still trusted. */
    previousCa?: CertificateFacts & { signs: boolean };
    network?: string;
}

/** Clusters that a stack links. */
export interface Mesh {
    stack: string;
    links: LinksOutputs["links"];
    /** What was seen between every two of them; absent if nobody has looked. */
    matrix?: Pick<MatrixSummary, "clusters" | "cells">;
}

/** A token by which a cluster is read by the others that a stack links. */
export interface Token {
    stack: string;
    cluster: string;
    /** ISO 8601. */
    expires: string;
    renewFrom: string;
}

/** The tokens of all meshes. */
export function tokensOf(meshes: Mesh[]): Token[] {
    return meshes.flatMap(({ stack, links }) =>
        Object.entries(links).flatMap(([cluster, { token }]) =>
            token ? [{ stack, cluster, expires: token.expires, renewFrom: token.renewFrom }] : [],
        ),
    );
}

/** Who trusts whom in a project. */
export interface TrustFacts {
    roots: Root[];
    clusters: Cluster[];
    meshes: Mesh[];
    /** The clusters for which a root has yet to sign. */
    withheld: { stack: string; cluster: string }[];
}

/** Puts together what the stacks of a project have exported. */
export function trustFacts(stacks: StackFacts[]): TrustFacts {
    const held = stacks.filter(({ role }) => role === "root").flatMap(rootsOf);
    return {
        roots: [...held, ...foreignRoots(stacks, held)],
        clusters: stacks.filter(({ role }) => role !== "root" && role !== "mesh").map(clusterOf),
        meshes: stacks.flatMap(({ stack, outputs: { links, matrix } }) =>
            links ? [{ stack, links, ...(matrix && { matrix }) }] : [],
        ),
        withheld: stacks.flatMap(({ stack, outputs: { withheld = [] } }) =>
            withheld.map((cluster) => ({ stack, cluster })),
        ),
    };
}

function rootsOf({ stack, outputs: { root, roots = {}, trustBundle = "" } }: StackFacts): Root[] {
    // The old one first: the bundle has an order, and the output `roots` has none.
    const order = Certificate.all(trustBundle).map(({ fingerprint }) => fingerprint);
    return Object.entries(roots)
        .map(([name, facts]) => ({
            ...facts,
            name,
            stack,
            signs: facts.fingerprint === root?.fingerprint,
        }))
        .sort((one, other) => order.indexOf(one.fingerprint) - order.indexOf(other.fingerprint));
}

/** The roots that clusters trust and that no stack of the project holds. */
function foreignRoots(stacks: StackFacts[], held: Root[]): Root[] {
    const trusted = stacks.flatMap(({ outputs: { files } }) => Certificate.all(files?.[rootCertFile] ?? ""));
    const foreign = new Map(trusted.map(({ facts }) => [facts.fingerprint, facts]));
    held.forEach(({ fingerprint }) => foreign.delete(fingerprint));
    return [...foreign.values()].map((facts) => ({ ...facts, name: facts.subject, signs: false }));
}

function clusterOf({ stack, outputs }: StackFacts): Cluster {
    const { status = "never deployed", files, root, ca, previousCa, multicluster } = outputs;
    const [plugged] = Certificate.all(files?.[caCertFile] ?? "");
    const facts = plugged && { ...plugged.facts };
    const own = facts && facts.fingerprint === ca?.fingerprint ? ca : facts;
    return {
        stack,
        status,
        ...(own && { ca: own }),
        ...(root && { root: root.fingerprint }),
        trusts: Certificate.all(files?.[rootCertFile] ?? "").map(({ fingerprint }) => fingerprint),
        ...(previousCa && {
            previousCa: { ...previousCa, signs: previousCa.fingerprint === facts?.fingerprint },
        }),
        ...(multicluster && { network: multicluster.network }),
    };
}
