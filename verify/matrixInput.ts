import * as v from "valibot";
import { defaultTrustDomain } from "../pki/profile";
import type { ExpectedCa } from "./expectedCa";
import { certificates, crlLists, must, positive, readObject, text } from "./input";

/** What the matrix needs to know. Everything in it is public; no private key is needed. */
export interface MatrixInput {
    /** Path of the kubeconfig. Default: kubectl's own rules (KUBECONFIG, ~/.kube/config, in-cluster). */
    kubeconfig?: string;
    /** The clusters of the mesh, at least two. */
    clusters: MatrixCluster[];
    /** Trust domain of the mesh. Default: cluster.local. */
    trustDomain?: string;
    /** For how many seconds what fails is repeated. Default: 60. */
    limitSeconds?: number;
}

/** One cluster of the mesh. */
export interface MatrixCluster {
    /** The name of the cluster. */
    cluster: string;
    /** Context of the kubeconfig. */
    context: string;
    /** This cluster's intermediate certificate, the one that signs, PEM. */
    caCertPem: string;
    /** The root certificates that its workloads trust, PEM. */
    rootCertPem: string;
    /** The CRLs that its proxies must hold, PEM. Default: none is looked for. */
    crls?: string | undefined;
    /** For how many minutes its proxies may serve certificates of the CA before this one. Default: not at all. */
    reissueMinutes?: number | undefined;
    /** The network of the cluster. */
    network: string;
    /** The addresses of its east-west gateway. Default: none, because the others share its network. */
    gateway?: string[] | undefined;
}

const clusterEntries = {
    cluster: text,
    context: text,
    caCertPem: certificates,
    rootCertPem: certificates,
    crls: v.optional(crlLists),
    reissueMinutes: v.optional(positive),
    network: text,
    gateway: v.optional(v.array(text, must("a list of strings"))),
} satisfies v.ObjectEntries & Record<keyof MatrixCluster, unknown>;
const entries = {
    kubeconfig: v.optional(text),
    clusters: v.pipe(
        v.array(v.object(clusterEntries), must("a list of clusters")),
        v.minLength(2, must("a list of at least two clusters")),
    ),
    trustDomain: v.optional(text, defaultTrustDomain),
    limitSeconds: v.optional(positive, 60),
} satisfies v.ObjectEntries & Record<keyof MatrixInput, unknown>;

/** The matrix's input, parsed and with its defaults. */
export type MatrixSettings = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;

/** A cluster of it. */
export type MatrixMember = MatrixSettings["clusters"][number];

/**
 * Checks an input that came as JSON, parses its certificates and fills in the defaults.
 *
 * @throws CannotVerify with every fault at once: the key, what was found and what is allowed.
 */
export function readMatrixInput(value: unknown): MatrixSettings {
    return readObject(entries, value, "is missing");
}

/** The CA that workloads of a cluster serve certificates of. */
export function expectedOf({ caCertPem, rootCertPem, crls, reissueMinutes }: MatrixMember): ExpectedCa {
    return {
        caCert: caCertPem[0],
        roots: rootCertPem,
        ...(crls && { crls }),
        // When istiod began to sign with it, the verification of the cluster knows.
        ...(reissueMinutes && { reissue: { minutes: reissueMinutes, since: new Date() } }),
    };
}
