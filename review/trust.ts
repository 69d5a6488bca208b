import { caCertFile, certChainFile, PublicFiles, rootCertFile } from "../pki/caFiles";
import { Certificate, CertificateFacts } from "../pki/certificate";
import { Outputs } from "./outputs";
import { StackPreview } from "./preview";
import { Resource, types } from "./resource";
import { Root, roots } from "./roots";

/** The certificate of a CA, as far as a preview can know it. */
export interface Standing {
    /** Undefined if the `up` signs it. */
    certificate?: CertificateFacts;
    /** Of a certificate that will be signed: whether it keeps the previous key. */
    key?: "same" | "new";
    /** Of a certificate that will be signed: its validity. */
    validityDays?: number;
    /** When an `up` first renews it: a date, ISO 8601, or a number of days before its expiry. */
    renewal?: string | number;
}

/** What an `up` does to a CA. */
export type How =
    | "new"
    | "signed again"
    | "in place"
    | "replaced"
    | "removed"
    | "new key requested"
    | "restored"
    | "renewal date only"
    | "outputs only";

/** A change in what is trusted, or in what signs. */
export interface TrustChange {
    stack: string;
    ca: "root" | "intermediate";
    /** The cluster, by the name of its stack; undefined for a root that signs for several. */
    cluster?: string;
    /** Of a root: its name in the settings of stack root. */
    name?: string;
    before?: Standing;
    after?: Standing;
    how: How;
}

/**
 * What the `up` of a stack changes in trust; empty if its preview fails.
 *
 * @param all - the previews of all stacks, which have the names of the roots
 */
export function trustChanges(preview: StackPreview, all: StackPreview[]): TrustChange[] {
    if (!preview.succeeded) {
        return [];
    }
    const signed = signedChanges(preview);
    return [
        ...rootChanges(preview, all),
        ...signed,
        ...(preview.role === "root" || signed.length > 0 ? [] : pluggedInChanges(preview)),
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

function rootChanges(preview: StackPreview, all: StackPreview[]): TrustChange[] {
    const { added, lost } = roots(preview, all);
    const stands = (root: Root) =>
        root.certificate ? { certificate: root.certificate } : toMake(preview, root.name);
    const successor = (root: Root) => added.find(({ name }) => name !== undefined && name === root.name);
    const successors = new Set(lost.map(successor));
    const changes = [
        ...lost.map((root) => ({ root, by: successor(root) })),
        ...added.filter((root) => !successors.has(root)).map((by) => ({ root: undefined, by })),
    ];
    return changes.map(({ root, by }) => ({
        stack: preview.stack,
        ca: "root",
        name: (root ?? by)?.name,
        before: root && stands(root),
        after: by && stands(by),
        how: root ? (by ? "replaced" : "removed") : "new",
    }));
}

/** A root that the `up` creates. */
function toMake({ resources }: StackPreview, rootName = "root"): Standing {
    const made = resources.find(
        ({ type, name }) => type === types.rootCertificate && name === `${rootName}-cert`,
    );
    const keyStays = made?.operation === "replace" && !made.changed.includes("privateKeyPem");
    return { key: keyStays ? "same" : "new", validityDays: days(made?.after?.validityHours) };
}

/** The certificates that the stack signs, by itself or with a command. */
function signedChanges(preview: StackPreview): TrustChange[] {
    const { stack, resources } = preview;
    const signing = resources.filter((each) => signedName(each) !== undefined && each.operation !== "same");
    return [...Map.groupBy(signing, (each) => signedName(each)!)].map(([cluster, steps]) => ({
        stack,
        ca: "intermediate",
        cluster,
        ...signedChange(preview, cluster, steps),
    }));
}

/** The cluster whose certificate a resource holds. */
function signedName({ type, name }: Resource): string | undefined {
    const end = { [types.intermediateCertificate]: /-cert$/, [types.command]: /-sign$/ }[type];
    return end?.test(name) ? name.replace(end, "") : undefined;
}

/** @param steps - two if the way of signing changes */
function signedChange(preview: StackPreview, cluster: string, steps: Resource[]): Change {
    const [before, known] = [preview.before, preview.after].map((outputs) =>
        signedStanding(preview, outputs, cluster),
    );
    const made = steps.find(({ operation }) => operation !== "delete");
    if (!made) {
        return { before, how: "removed" };
    }
    if (before && known && known.certificate?.fingerprint === before.certificate?.fingerprint) {
        return { before, after: known, how: "renewal date only" };
    }
    const { request, validityHours, earlyRenewalHours } = made.after ?? {};
    const sameKey = request !== undefined && steps.some((step) => step.before?.request === request);
    const after: Standing = {
        key: sameKey ? "same" : "new",
        validityDays: days(validityHours),
        renewal: days(earlyRenewalHours),
    };
    return before
        ? { before, after, how: preview.role === "standalone" ? secretHow(preview) : "signed again" }
        : { after, how: "new" };
}

/** What a stack exports about a certificate that it has signed. */
function signedStanding(
    { role }: StackPreview,
    { ca, certificates }: Outputs,
    cluster: string,
): Standing | undefined {
    if (role === "standalone") {
        return standing(ca);
    }
    const { pem, renewFrom } = certificates?.[cluster] ?? {};
    const [certificate] = Certificate.all(pem ?? "");
    return certificate && { certificate: certificate.facts, renewal: renewFrom };
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

/** What the stack of a cluster requests, and what it plugs in that another has signed or made. */
function pluggedInChanges(preview: StackPreview): TrustChange[] {
    const { stack } = preview;
    return [keyChange(preview), plugged(preview)]
        .filter((change) => change !== undefined)
        .map((change) => ({ stack, ca: "intermediate", cluster: stack, ...change }));
}

type Change = Pick<TrustChange, "before" | "after" | "how">;

function keyChange({ role, resources, before: { ca } }: StackPreview): Change | undefined {
    const made = resources.some(({ type, operation }) => type === types.key && operation === "create");
    const before = standing(ca);
    return role === "cluster" && made
        ? { before, after: { key: "new" }, how: before ? "new key requested" : "new" }
        : undefined;
}

function plugged(preview: StackPreview): Change | undefined {
    const [before, after] = [preview.before.ca, preview.after.ca].map(standing);
    const how = secretHow(preview);
    if (how === "removed") {
        return { before, how };
    }
    const another = after && !sameFiles(preview.before.files, preview.after.files);
    return another || (before && after && (how === "restored" || how === "replaced"))
        ? { before, after, how: how === "in place" && !before ? "new" : how }
        : undefined;
}

function standing(ca: Outputs["ca"]): Standing | undefined {
    return ca && { certificate: ca, renewal: ca.renewFrom };
}

/** Whether the certificate, its chain and the trust bundle are the same. */
function sameFiles(one: PublicFiles | undefined, other: PublicFiles | undefined): boolean {
    return ([caCertFile, certChainFile, rootCertFile] as const).every(
        (file) => one?.[file] === other?.[file],
    );
}

function days(hours: number | undefined): number | undefined {
    return hours === undefined ? undefined : Math.round((hours / 24) * 10) / 10;
}
