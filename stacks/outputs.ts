import * as pulumi from "@pulumi/pulumi";
import type { IstioMode } from "../config/meshSettings";
import { CaBundle } from "../pki/caBundle";
import { PublicFiles } from "../pki/caFiles";
import { CertificateFacts } from "../pki/certificate";
import type { MeshIdentity } from "./meshIdentity";
import { Refused } from "./refusal";

/** A PEM text of one generation of a cluster's intermediate CA. */
export interface OfGeneration {
    generation: number;
    pem: string;
}

/** An intermediate CA's certificate. */
export interface SignedCertificate extends OfGeneration {
    /** The first moment at which stack root renews it, ISO 8601; absent if it does not. */
    renewFrom?: string;
    /** How often it was renewed, if a command signs; @pulumi/tls needs no count. */
    renewals?: number;
    /** The request that it was signed for, PEM, if stack root signed it. */
    csr?: string;
}

/** A certificate that a root has signed. */
export interface IssuedCertificate {
    cluster: string;
    generation: number;
    /** ISO 8601. */
    notAfter: string;
    /** The key's identifier, hex. */
    keyId: string;
}

/** What stack root exports; all public. */
export interface RootOutputs {
    /** The root that signs. */
    root: CertificateFacts;
    /** All roots that every cluster trusts, by name. */
    roots: Record<string, CertificateFacts>;
    /** The same, PEM. */
    trustBundle: string;
    /** The fingerprints of the roots that every cluster trusted once and that were replaced. */
    retired: string[];
    /** The intermediate certificates, by cluster. */
    certificates: Record<string, SignedCertificate>;
    /** Every certificate that was signed and has not expired, or is revoked, by serial number. */
    issued: Record<string, IssuedCertificate>;
    /** When those were revoked that are, ISO 8601, by serial number. */
    revoked: Record<string, string>;
    /** The CRLs of every CA, PEM; absent if there are none. */
    crls?: string;
    /** The clusters whose new key is not signed yet, or whose CRLs are missing, until clusters are brought up again. */
    withheld: string[];
    /** The digest of what this `up` depended on; absent unless another with the same has nothing to do. */
    inputsDigest?: string;
}

/** What stacks of these roles have done, which those of no other have. */
export const readyStatus = "CA ready";
export const standaloneStatus = "CA signed";

/** What the stack of a cluster exports; all public. */
export interface ClusterOutputs {
    status: string;
    /** Absent in a standalone stack, which signs for itself. */
    csr?: OfGeneration;
    /** The CRLs, all empty, of the CAs whose keys this stack holds, PEM. */
    crls?: string;
    /** This stack's CA, plugged in unless a previous one still signs; absent until root has signed. */
    ca?: CertificateFacts & Pick<SignedCertificate, "generation" | "renewFrom">;
    /** The root of the CA that is plugged in. */
    root?: CertificateFacts;
    /** The public files of `cacerts`, by name. */
    files?: PublicFiles;
    /** The CA that the mesh has used until now, while workloads still trust it. */
    previousCa?: CertificateFacts;
    /** Whose Istio it is, as the setting `istio` says. */
    istioMode?: IstioMode;
    /** The version of Istio; absent if the stack installs nothing. */
    istio?: string;
    /** Which cluster the mesh is in. */
    mesh?: MeshIdentity;
    /** What the cluster is in a mesh of several; absent if the mesh is of this cluster alone. */
    multicluster?: Multicluster;
    /** What the verification saw. */
    verification?: unknown;
    /** The digest of what this `up` depended on; absent unless another with the same has nothing to do. */
    inputsDigest?: string;
}

/** What a cluster is in a mesh of several; public. */
export interface Multicluster {
    meshId: string;
    network: string;
    trustDomain: string;
    /** For how many minutes its proxies may serve certificates of the previous CA; absent if not at all. */
    reissueMinutes?: number;
    /** The addresses of its east-west gateway; absent if it has none. */
    gateway?: string[];
}

/** A token by which a cluster is read by the others, without the token. */
export interface TokenFacts {
    /** 1 for the first. */
    number: number;
    /** ISO 8601. */
    expires: string;
    /** The first moment at which an `up` replaces it, ISO 8601. */
    renewFrom: string;
}

/** What a stack of role mesh exports; all public. */
export interface LinksOutputs {
    meshId: string;
    /** The clusters that are linked, by name. */
    links: Record<string, { stack: string; context: string; network: string; token?: TokenFacts }>;
    /** What the verification saw. */
    matrix?: unknown;
}

/** What stacks export whose last `up` was by an earlier version. */
export interface EarlierOutputs {
    /** What is the output `previousCa` now. */
    formerCa?: CertificateFacts;
}

/** What of a stack's own outputs its next `up` depends on, as the last one left them. */
export type LastOutputs = Partial<
    Pick<
        ClusterOutputs,
        "status" | "ca" | "root" | "csr" | "crls" | "previousCa" | "istioMode" | "istio" | "mesh"
    > & {
        /** The CA in the output `files`. */
        plugged: CaBundle;
    } &
        // What another role's stack exports.
        Pick<RootOutputs, "roots"> &
        Pick<LinksOutputs, "links">
>;

/** The outputs as a program returns them. */
export type Exported<T> = { [K in keyof T]: pulumi.Input<T[K]> | Exported<T[K]> };

/**
 * Reads the outputs of another stack, or of this one as its last `up` left them: undefined if there is none. The
 * stack is one of this project, by its name alone, or organization/project/stack. Only what is public can be read:
 * another stack's secrets have another key.
 *
 * By the function that a pulumi.StackReference reads with, which leaves nothing in the state. A StackReference does: its
 * outputs from before the `up`, which `pulumi refresh` then finds changed.
 *
 * @throws Refused naming a stack that is missing.
 */
export function stackOutputs<T>(
    stack: string,
): <K extends keyof T & string>(name: K) => Promise<T[K] | undefined> {
    const reading = readOutputs(stack);
    return async <K extends keyof T & string>(name: K) => (await reading)[name] as T[K] | undefined;
}

async function readOutputs(stack: string): Promise<Record<string, unknown>> {
    const name = qualifiedName(stack);
    try {
        const read: unknown = await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name });
        return (read as { outputs: Record<string, unknown> }).outputs;
    } catch (error) {
        const { message } = error as Error;
        if (!message.includes("unknown stack")) {
            throw error;
        }
        const found = `Stack ${name}, which a setting names, is missing.`;
        const remedy = `Create it by \`pulumi stack init ${stack}\`, or correct the setting.`;
        throw new Refused([{ id: "stack-missing", found, remedy }]);
    }
}

/**
 * This stack's own outputs. To be read first and alone: a file backend cannot be read while the engine writes this stack's
 * next step to it.
 */
export async function lastOutputs(): Promise<LastOutputs> {
    const own = stackOutputs<ClusterOutputs & RootOutputs & LinksOutputs & EarlierOutputs>(pulumi.getStack());
    return {
        status: await own("status"),
        ca: await own("ca"),
        root: await own("root"),
        csr: await own("csr"),
        plugged: pluggedBundle(await own("files")),
        crls: await own("crls"),
        previousCa: (await own("previousCa")) ?? (await own("formerCa")),
        istioMode: await own("istioMode"),
        istio: await own("istio"),
        mesh: await own("mesh"),
        roots: await own("roots"),
        links: await own("links"),
    } satisfies Record<keyof LastOutputs, unknown>;
}

/** The CA in a stack's output `files`. */
export function pluggedBundle(files: PublicFiles | undefined): CaBundle | undefined {
    return files && CaBundle.parse(files);
}

/** The value of an output; undefined if it is not known yet, as at the preview of what is about to be created. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T | undefined> {
    return (output as unknown as { promise(): Promise<T | undefined> }).promise();
}

function qualifiedName(stack: string): string {
    return stack.includes("/") ? stack : `${pulumi.getOrganization()}/${pulumi.getProject()}/${stack}`;
}
