import { CaFiles } from "../pki/caFiles";
import { CaProfile } from "../pki/profile";
import type { MeshSettings, SourceSecret } from "./meshSettings";

/** How many days before a CA expires that nobody renews an `up` is refused; 0: never. */
interface ExpiryGuard {
    expiryGuardDays: number;
}

/** What every stack knows. */
interface CommonSettings {
    profile: CaProfile;
}

/** Settings that can be compared without showing them. */
interface Comparable {
    /** Their digest; undefined if they are secret or do not say everything, see `settingsDigest`. */
    digest?: string;
}

/** The root's name if there is only one, and that of a root that somebody else made. */
export const firstRootName = "root";

/** A root CA that somebody else made, and what signs with it. */
export type ExistingRoot = KeyRoot | SignCommandRoot;

/** A root that signs with a key in the settings. */
export interface KeyRoot {
    certPem: string;
    /** Secret. */
    privateKeyPem: string;
}

/** A root whose key stays outside. */
export interface SignCommandRoot {
    certPem: string;
    /** A shell command that reads what is to be signed on stdin and writes the signature. */
    signCommand: string;
}

/** A stack that holds the root CA and signs for the clusters. */
export interface RootSettings extends CommonSettings, Comparable, ExpiryGuard {
    role: "root";
    /** The stacks of the clusters. */
    clusters: string[];
    /** The names of the root CAs that every cluster trusts: several while one takes another's place. */
    roots: string[];
    /** Which of them signs. */
    signingRoot: string;
    /** The root CA of the name {@link firstRootName} if it exists already; undefined: the stack creates it. */
    existing: ExistingRoot | undefined;
    /** Whether the root that signs, if the stack made it, is protected from deletion and replacement. */
    protectRoot: boolean;
    /** Whether every CA publishes a CRL. */
    crls: boolean;
    /** What is revoked: all certificates of a key, as cluster/generation, or one by its serial number, hex. */
    revoked: string[];
}

/** A signer outside of Pulumi: an offline machine, Vault, a cloud's private CA. Empty until it has signed. */
export interface OutsideSigner {
    /** The intermediate's certificate, and those that lead to the root if it is not right below; PEM. */
    certificate: string | undefined;
    /** The roots that every cluster trusts, PEM. */
    trustBundle: string | undefined;
}

/** A stack that holds one cluster's intermediate CA and its mesh. */
export interface ClusterSettings extends CommonSettings, Comparable, ExpiryGuard {
    role: "cluster";
    cluster: string;
    generation: number;
    /** The stacks of clusters whose workloads and these are to trust each other. */
    peers: string[];
    /** The stack that signs, by its name or as organization/project/stack; or what an outside signer gave back. */
    signer: string | OutsideSigner;
    /** Undefined if the stack creates the CA and installs nothing. */
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

/** A CA's files. */
export interface SourceFiles {
    /** Where they come from, as the user named it. */
    source: string;
    /** The key among them is secret. */
    files: CaFiles;
}

/** A stack of one cluster whose CA somebody else made, key and all. */
export interface ReadySettings extends ExpiryGuard {
    role: "ready";
    cluster: string;
    /** The stacks of clusters whose workloads and these are to trust each other. */
    peers: string[];
    /** The files, or the Secret that others maintain. */
    ca: SourceFiles | SourceSecret;
    trustDomain: string;
    mesh: MeshSettings | undefined;
}

export type Settings = RootSettings | ClusterSettings | StandaloneSettings | ReadySettings;
