import { rootCertFile } from "../pki/bundle";
import { CertificateFacts, certificateFacts, parseCertificates } from "../pki/certificates";
import { Outputs, StackPreview } from "./preview";
import { Resource, types } from "./resource";

/** A CA's certificate, as far as a preview can know it. */
export interface Standing {
    /** Undefined: it is signed by the `up`. */
    certificate?: CertificateFacts;
    /** Of a certificate that is to be signed: whether its key is the one that was there before. */
    key?: "same" | "new";
    /** Of a certificate that is to be signed: how long it will be valid. */
    validityDays?: number;
    /** When an `up` first renews it: a date, ISO 8601, or so many days before its end. */
    renewal?: string | number;
}

/** What an `up` does to a CA. */
export type How =
    | "new"
    | "signed anew"
    | "in place"
    | "replaced"
    | "removed"
    | "new key requested"
    | "key replaced"
    | "restored"
    | "renewal date only"
    | "outputs only";

/** A change of what is trusted, or of what signs. */
export interface TrustChange {
    stack: string;
    ca: "root" | "intermediate";
    /** The cluster, as its stack is called; absent for a root that signs for many. */
    cluster?: string;
    before?: Standing;
    after?: Standing;
    how: How;
}

/**
 * What the `up` of a stack changes in trust; empty where its preview fails.
 *
 * @param all - the previews of the other stacks too, which tell the dates of renewals
 */
export function trustChanges(preview: StackPreview, all: StackPreview[]): TrustChange[] {
    if (!preview.succeeded) {
        return [];
    }
    const signed = signedChanges(preview);
    return [
        ...rootChanges(preview),
        ...signed,
        ...(preview.role === "root" || signed.length > 0 ? [] : pluggedInChanges(preview, all)),
    ];
}

/** The resource that holds the Secret `cacerts`. */
export function cacerts({ resources }: StackPreview): Resource | undefined {
    return resources.find(({ type, name }) => type === types.secret && name === "cacerts-secret");
}

/** The resource that installs Istio. */
export function istioctl({ resources }: StackPreview): Resource | undefined {
    return resources.find(({ type, name }) => type === types.command && name === "istio-istioctl");
}

/** How the roots that workloads are to trust change. A root that is made by the `up` is not known yet. */
export interface Roots {
    kept: CertificateFacts[];
    added: CertificateFacts[];
    lost: CertificateFacts[];
}

/** How the trust bundle changes. The root that a stack makes itself stands alone in it. */
export function roots({ before, after, resources }: StackPreview): Roots {
    const old = trusted(before);
    const made = resources.find(({ type }) => type === types.rootCertificate);
    if (made) {
        return made.operation === "replace"
            ? { kept: [], added: [], lost: old }
            : { kept: old, added: [], lost: [] };
    }
    const next = trusted(after);
    const within = (list: CertificateFacts[]) => (each: CertificateFacts) =>
        list.some(({ fingerprint }) => fingerprint === each.fingerprint);
    const lost = next.length > 0 ? old.filter((each) => !within(next)(each)) : [];
    return {
        kept: old.filter((each) => !within(lost)(each)),
        added: next.filter((each) => !within(old)(each)),
        lost,
    };
}

function trusted({ trustBundle, files }: Outputs): CertificateFacts[] {
    return parseCertificates(trustBundle ?? files?.[rootCertFile] ?? "").map(certificateFacts);
}

function rootChanges(preview: StackPreview): TrustChange[] {
    const { stack } = preview;
    const made = preview.resources.find(({ type }) => type === types.rootCertificate);
    if (made) {
        const change = certificateChange(made, "privateKeyPem");
        return change ? [{ stack, ca: "root", ...change }] : [];
    }
    const { added, lost } = roots(preview);
    return [
        ...lost.map((certificate) => ({
            stack,
            ca: "root" as const,
            before: { certificate },
            how: "removed" as const,
        })),
        ...added.map((certificate) => ({
            stack,
            ca: "root" as const,
            after: { certificate },
            how: "new" as const,
        })),
    ];
}

/** The certificates that the stack signs. */
function signedChanges(preview: StackPreview): TrustChange[] {
    return preview.resources
        .filter(({ type }) => type === types.intermediateCertificate)
        .flatMap((each) => {
            const change = certificateChange(each, "certRequestPem");
            const cluster = each.name.replace(/-cert$/, "");
            return change ? [{ stack: preview.stack, ca: "intermediate" as const, cluster, ...change }] : [];
        })
        .map((change) => ({ ...change, how: pluggedIn(preview, change.how) }));
}

/** What becomes of a certificate that its stack plugs in itself. */
function pluggedIn(preview: StackPreview, how: How): How {
    const replaced = how === "replaced" ? "signed anew" : how;
    return replaced === "signed anew" && preview.role === "standalone" ? secretHow(preview) : replaced;
}

function secretHow(preview: StackPreview): How {
    const secret = cacerts(preview);
    switch (secret?.operation) {
        case "create":
            return secret.missing ? "restored" : "new";
        case "replace":
            return "replaced";
        case "update":
            return "in place";
        case "delete":
            return "removed";
        default:
            return "outputs only";
    }
}

/** @param keyProperty - the input by which the certificate's key comes */
function certificateChange(made: Resource, keyProperty: string): Change | undefined {
    const { operation, before, after, changed } = made;
    const old = before?.certificate && {
        certificate: before.certificate,
        renewal: renewalDate(before.certificate, before.earlyRenewalHours),
    };
    const toSign: Standing = {
        key: operation === "create" || changed.includes(keyProperty) ? "new" : "same",
        validityDays: days(after?.validityHours),
        renewal: days(after?.earlyRenewalHours),
    };
    switch (operation) {
        case "create":
            return { after: toSign, how: "new" };
        case "replace":
            return { before: old, after: toSign, how: "replaced" };
        case "delete":
            return { before: old, how: "removed" };
        case "update": {
            const renewal = old && renewalDate(old.certificate, after?.earlyRenewalHours);
            return { before: old, after: old && { ...old, renewal }, how: "renewal date only" };
        }
        default:
            return undefined;
    }
}

/** What the stack of a cluster asks for, and what it plugs in of what another has signed or made. */
function pluggedInChanges(preview: StackPreview, all: StackPreview[]): TrustChange[] {
    const { stack } = preview;
    const [before, after] = [preview.before.ca, preview.after.ca].map(
        (ca): Standing | undefined => ca && { certificate: ca, renewal: signedRenewal(ca, all) },
    );
    return [keyChange(preview, before), certificateInUse(preview, before, after)]
        .filter((change) => change !== undefined)
        .map((change) => ({ stack, ca: "intermediate", cluster: stack, ...change }));
}

type Change = Pick<TrustChange, "before" | "after" | "how">;

function keyChange(preview: StackPreview, before: Standing | undefined): Change | undefined {
    const key = preview.role === "cluster" ? newKey(preview) : undefined;
    if (!key) {
        return undefined;
    }
    const how = key.operation === "replace" ? "key replaced" : before ? "new key requested" : "new";
    return { before, after: { key: "new" }, how };
}

function certificateInUse(
    preview: StackPreview,
    before: Standing | undefined,
    after: Standing | undefined,
): Change | undefined {
    const how = secretHow(preview);
    if (how === "removed") {
        return { before, how };
    }
    const another = after && after.certificate?.fingerprint !== before?.certificate?.fingerprint;
    return another || (before && after && (how === "restored" || how === "replaced"))
        ? { before, after, how: how === "in place" && !before ? "new" : how }
        : undefined;
}

function newKey({ resources }: StackPreview): Resource | undefined {
    return resources.find(
        ({ type, operation }) => type === types.key && (operation === "create" || operation === "replace"),
    );
}

/** What its signer's preview knows of a certificate's renewal. */
function signedRenewal({ fingerprint }: CertificateFacts, all: StackPreview[]): string | undefined {
    const signed = all
        .flatMap(({ resources }) => resources)
        .map(({ before }) => before)
        .find((state) => state?.certificate?.fingerprint === fingerprint);
    return signed && renewalDate(signed.certificate!, signed.earlyRenewalHours);
}

function renewalDate({ notAfter }: CertificateFacts, earlyHours: number | undefined): string | undefined {
    return earlyHours ? new Date(Date.parse(notAfter) - earlyHours * 3_600_000).toISOString() : undefined;
}

function days(hours: number | undefined): number | undefined {
    return hours === undefined ? undefined : Math.round((hours / 24) * 10) / 10;
}
