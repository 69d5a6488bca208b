import { defaultTrustDomain } from "../pki/profile";
import { Exclusions } from "../kube/exclusions";

/** What a verification needs to know. Everything in it is public; no private key is wanted. */
export interface VerificationInput {
    /** Path of the kubeconfig; default: kubectl's own rules (KUBECONFIG, ~/.kube/config, in-cluster). */
    kubeconfig?: string;
    /** Context of the kubeconfig; default: its current context. */
    context?: string;
    /** The root certificate that the mesh must trust, PEM; several during a rotation of the root. */
    rootCert: string;
    /** This cluster's intermediate certificate, the one that signs, PEM. */
    caCert: string;
    /** The lists of revoked certificates that every proxy must go by, PEM; default: none is looked for. */
    crls?: string;
    /** Namespace of istiod; default `istio-system`. */
    istioNamespace?: string;
    /** Namespace of the workloads httpbin and sleep; default `foo`. */
    workloadNamespace?: string;
    /** Trust domain of the mesh; default `cluster.local`. */
    trustDomain?: string;
    /** Seconds until which what fails is tried again; default 60. */
    limitSeconds?: number;
    /**
     * Whether httpbin and sleep are part of the verification: true, they must be there; false, they are not looked
     * at; default: they are verified if one of them is there.
     */
    workloads?: boolean;
    /**
     * Whether every proxy of the mesh must be seen to trust the roots and to serve a certificate of the CA. Default: true;
     * false where workloads are to follow later.
     */
    proxies?: boolean;
    /**
     * In how many minutes the proxies ask for their next certificates by themselves: so long, leaves of the CA that this one
     * took the place of are good too. Default: they are not.
     */
    reissueMinutes?: number;
    /**
     * The proxies that are left out, whether or not they follow: each `namespace/pod`, or `node/name` for all of a node, with `*`
     * for any characters. Default: none.
     */
    exclude?: string[];
}

/** A verification's input with its defaults filled in. */
export type VerificationSettings = Required<Omit<VerificationInput, OptionalKey>> &
    Pick<VerificationInput, OptionalKey>;
type OptionalKey = "kubeconfig" | "context" | "crls" | "workloads" | "reissueMinutes" | "exclude";

const defaults = {
    istioNamespace: "istio-system",
    workloadNamespace: "foo",
    trustDomain: defaultTrustDomain,
    limitSeconds: 60,
    proxies: true,
};

const types: Record<keyof VerificationInput, "string" | "number" | "boolean" | "list of strings"> = {
    kubeconfig: "string",
    context: "string",
    rootCert: "string",
    caCert: "string",
    crls: "string",
    istioNamespace: "string",
    workloadNamespace: "string",
    trustDomain: "string",
    limitSeconds: "number",
    workloads: "boolean",
    proxies: "boolean",
    reissueMinutes: "number",
    exclude: "list of strings",
};

const certificateKeys = ["rootCert", "caCert"] as const;

/** A reason why nothing could be verified: the input, the kubeconfig, the API server, a missing permission. */
export class CannotVerify extends Error {}

/**
 * Checks an input that came as JSON and fills in the defaults.
 *
 * @throws CannotVerify naming every fault at once.
 */
export function readInput(value: unknown): VerificationSettings {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new CannotVerify("the input is not a JSON object");
    }
    const entries = Object.entries(value).filter(([, entry]) => entry !== undefined && entry !== null);
    const input = Object.fromEntries(entries) as unknown as VerificationInput;
    const faults = [
        ...entries.flatMap(([key, entry]) => entryFaults(key, entry)),
        ...certificateKeys
            .filter((key) => !String(input[key] ?? "").includes("-----BEGIN CERTIFICATE-----"))
            .map((key) => `${key} holds no PEM certificate`),
    ];
    if (faults.length > 0) {
        throw new CannotVerify(`the input is wrong: ${faults.join("; ")}`);
    }
    return { ...defaults, ...input };
}

function entryFaults(key: string, value: unknown): string[] {
    const type = Object.hasOwn(types, key) ? types[key as keyof VerificationInput] : undefined;
    if (type === undefined) {
        return [`${key} is unknown, known are ${Object.keys(types).join(", ")}`];
    }
    if (typeOf(value) !== type) {
        return [`${key} is ${JSON.stringify(value)}, it must be a ${type}`];
    }
    if (key === "exclude") {
        return (value as string[]).flatMap((text) => {
            const allowed = Exclusions.fault(text);
            return allowed ? [`exclude holds ${JSON.stringify(text)}, allowed is ${allowed}`] : [];
        });
    }
    return ["limitSeconds", "reissueMinutes"].includes(key) && !(Number(value) > 0)
        ? [`${key} is ${String(value)}, it must be above 0`]
        : [];
}

function typeOf(value: unknown): string {
    return Array.isArray(value) && value.every((each) => typeof each === "string")
        ? "list of strings"
        : typeof value;
}
