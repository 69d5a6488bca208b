import * as v from "valibot";
import { Exclusions } from "../kube/exclusions";
import { Certificate } from "../pki/certificate";
import { Crl } from "../pki/crl";
import { defaultTrustDomain } from "../pki/profile";

/** What a verification needs to know. Everything in it is public; no private key is needed. */
export interface VerificationInput {
    /** Path of the kubeconfig. Default: kubectl's own rules (KUBECONFIG, ~/.kube/config, in-cluster). */
    kubeconfig?: string;
    /** Context of the kubeconfig. Default: its current context. */
    context?: string;
    /** The root certificate that the mesh must trust, PEM; several during a rotation of the root. */
    rootCert: string;
    /** This cluster's intermediate certificate, the one that signs, PEM. */
    caCert: string;
    /** The CRLs that every proxy must hold, PEM. Default: none is looked for. */
    crls?: string;
    /** Namespace of istiod. Default: istio-system. */
    istioNamespace?: string;
    /** Namespace of the workloads httpbin and sleep. Default: foo. */
    workloadNamespace?: string;
    /** Trust domain of the mesh. Default: cluster.local. */
    trustDomain?: string;
    /** For how many seconds a check that fails is repeated. Default: 60. */
    limitSeconds?: number;
    /**
     * Whether httpbin and sleep are part of the verification: true, they must exist; false, they are not looked at. Default: they are
     * verified if one of them exists.
     */
    workloads?: boolean;
    /**
     * Whether every proxy of the mesh must be seen to trust the roots and to serve a certificate of the CA. Default: true; false if
     * workloads pick up the CA later.
     */
    proxies?: boolean;
    /**
     * In how many minutes all proxies ask for their next certificates by themselves: during that window, certificates signed by the
     * previous CA also pass. Default: they do not.
     */
    reissueMinutes?: number;
    /**
     * The proxies that are left out, in whatever state they are: each `namespace/pod`, or `node/name` for all of a node, with `*`
     * for any characters. Default: none.
     */
    exclude?: string[];
}

/** A reason why nothing could be verified: the input, or a missing permission. */
export class CannotVerify extends Error {}

/** What is wrong with a value, as a sentence that its key begins. */
export const must = (be: string) => {
    return ({ input }: { input: unknown }) => `is ${shown(input)}, it must be ${be}`;
};
export const text = v.string(must("a string"));
const flag = v.boolean(must("a boolean"));
export const positive = v.pipe(v.number(must("a number")), v.gtValue(0, must("above 0")));
const noCertificate = "holds no PEM certificate";
export const certificates = v.pipe(
    text,
    v.rawTransform(({ dataset, addIssue, NEVER }): [Certificate, ...Certificate[]] => {
        const [first, ...others] = readCertificates(dataset.value);
        if (!first) {
            addIssue({ message: noCertificate });
            return NEVER;
        }
        return [first, ...others];
    }),
);
const exclusion = v.pipe(
    v.string(({ input }) => `holds ${JSON.stringify(input)}, it must be a list of strings`),
    v.check(
        (pattern) => Exclusions.fault(pattern) === undefined,
        ({ input }) => `holds ${JSON.stringify(input)}, allowed is ${Exclusions.fault(input)}`,
    ),
);
/** CRLs, PEM. */
export const crlLists = v.pipe(
    text,
    v.transform((pem) => Crl.all(pem)),
);

const entries = {
    kubeconfig: v.optional(text),
    context: v.optional(text),
    rootCert: certificates,
    caCert: certificates,
    crls: v.optional(crlLists),
    istioNamespace: v.optional(text, "istio-system"),
    workloadNamespace: v.optional(text, "foo"),
    trustDomain: v.optional(text, defaultTrustDomain),
    limitSeconds: v.optional(positive, 60),
    workloads: v.optional(flag),
    proxies: v.optional(flag, true),
    reissueMinutes: v.optional(positive),
    exclude: v.optional(v.array(exclusion, must("a list of strings"))),
} satisfies v.ObjectEntries & Record<keyof VerificationInput, unknown>;

/** A verification's input, parsed and with its defaults. */
export type VerificationSettings = v.InferOutput<v.ObjectSchema<typeof entries, undefined>>;

/**
 * Checks an input that came as JSON, parses its certificates and fills in the defaults.
 *
 * @throws CannotVerify with every fault at once: the key, what was found and what is allowed.
 */
export function readInput(value: unknown): VerificationSettings {
    // What is missing can only be a certificate: all other keys have a default.
    return readObject(entries, value, noCertificate);
}

/**
 * Reads an object that came as JSON.
 *
 * @param missing - what is said of a key that is required and is missing
 * @throws CannotVerify with every fault at once.
 */
export function readObject<Entries extends v.ObjectEntries>(
    entries: Entries,
    value: unknown,
    missing: string,
): v.InferOutput<v.ObjectSchema<Entries, undefined>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new CannotVerify("the input is not a JSON object");
    }
    const known = Object.keys(entries).join(", ");
    const schema = v.objectWithRest(entries, v.never(`is unknown, known are ${known}`), missing);
    const given = Object.entries(value).filter(([, each]) => each !== undefined && each !== null);
    const { success, output, issues } = v.safeParse(schema, Object.fromEntries(given));
    if (!success) {
        // Of an entry of a list the key is the list's.
        const key = (issue: v.GenericIssue) => v.getDotPath(issue)?.replace(/\.\d+$/, "");
        const faults = issues.map((issue) => `${key(issue)} ${issue.message}`);
        throw new CannotVerify(`the input is wrong: ${faults.join("; ")}`);
    }
    return output;
}

/** How many characters of a value a message shows. */
const mostShown = 100;

/** A value as JSON writes it; NaN, which JSON cannot write, too. Of a long list only its length. */
function shown(value: unknown): string {
    const text = typeof value === "number" ? String(value) : JSON.stringify(value);
    if (text.length <= mostShown) {
        return text;
    }
    return Array.isArray(value) ? `a list of ${value.length}` : `${text.slice(0, mostShown)}…`;
}

/** The certificates of a text; empty if one of its blocks is labelled as one and is not. */
function readCertificates(pem: string): Certificate[] {
    try {
        return Certificate.strictly(pem);
    } catch {
        return [];
    }
}
