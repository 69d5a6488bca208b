import { CaFiles } from "./pki/caFiles";
import { CaProfile } from "./pki/profile";

/** What every stack knows. */
interface CommonSettings {
    profile: CaProfile;
}

/** A root CA that somebody else made. */
export interface ExistingRoot {
    certPem: string;
    /** Secret. */
    privateKeyPem: string;
}

/** A stack that holds the root CA and signs for the clusters. */
export interface RootSettings extends CommonSettings {
    role: "root";
    /** The stacks of the clusters. */
    clusters: string[];
    /** A root CA that is there already; undefined: the stack makes one. */
    existing: ExistingRoot | undefined;
    /** Whether the root that the stack makes is protected from deletion and replacement. */
    protectRoot: boolean;
}

/** Where and how one cluster's mesh is installed. */
export interface MeshSettings {
    kubeconfig: string;
    context: string;
    trustDomain: string;
    istioProfile: string;
    istioSet: string[];
    /** The text of an IstioOperator file. */
    istioOperator: string | undefined;
    workloads: boolean;
    injection: Injection;
    verification: boolean;
    verificationTimeoutSeconds: number;
}

/** A signer that is no stack: an offline machine, Vault, a cloud's private CA. Empty until it has signed. */
export interface OutsideSigner {
    /** The intermediate's certificate, and those that lead to the root if it is not right below; PEM. */
    certificate: string | undefined;
    /** The roots that every cluster trusts, PEM. */
    trustBundle: string | undefined;
}

/** A stack that holds one cluster's intermediate CA and its mesh. */
export interface ClusterSettings extends CommonSettings {
    role: "cluster";
    cluster: string;
    generation: number;
    /** The stack that signs, by its name or as organization/project/stack; or what an outside signer gave back. */
    signer: string | OutsideSigner;
    /** Undefined where the stack makes the CA and installs nothing. */
    mesh: MeshSettings | undefined;
}

/** A stack that holds both a root CA and one cluster. */
export interface StandaloneSettings extends CommonSettings {
    role: "standalone";
    cluster: string;
    generation: number;
    mesh: MeshSettings | undefined;
    /** Whether the root is protected from deletion and replacement. */
    protectRoot: boolean;
}

/** A stack of one cluster whose CA somebody else made, key and all. */
export interface ReadySettings {
    role: "ready";
    cluster: string;
    /** Where the CA comes from, as the user named it. */
    source: string;
    /** The CA's files; the key among them is secret. */
    files: CaFiles;
    mesh: MeshSettings | undefined;
}

export type Settings = RootSettings | ClusterSettings | StandaloneSettings | ReadySettings;

/** How the samples get their sidecars. */
export const injections = ["label", "kube-inject"] as const;
export type Injection = (typeof injections)[number];
