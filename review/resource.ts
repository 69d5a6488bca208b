import type { OpType, StepEventMetadata, StepEventStateMetadata } from "@pulumi/pulumi/automation";
import type { SignInput } from "../components/scripts/sign";
import { istiodFollows, proxyFollows } from "../pki/changeableTrust";
import { number, properties, text } from "./values";

/** Pulumi's types of the resources that decide what a mesh trusts. */
export const types = {
    key: "tls:index/privateKey:PrivateKey",
    rootCertificate: "tls:index/selfSignedCert:SelfSignedCert",
    intermediateCertificate: "tls:index/locallySignedCert:LocallySignedCert",
    secret: "kubernetes:core/v1:Secret",
    command: "command:local:Command",
} as const;

/** What the engine plans to do with a resource. */
export type Operation = "create" | "update" | "replace" | "delete" | "import" | "same";

/** The public part of a resource's state. Nothing else is kept, so a review cannot show anything else. */
export interface PublicState {
    /** PEM of what is signed (RFC 2986). */
    request?: string;
    /** Of a certificate that will be signed. */
    validityHours?: number;
    earlyRenewalHours?: number;
    /** Switches among the `--set` values of an installation of Istio. */
    istio?: IstioSwitches;
}

/** What lets a running mesh pick up a changed root-cert.pem. */
export interface IstioSwitches {
    multiRoot: boolean;
    xdsAgent: boolean;
    /** The lifetime that proxies request, if it is not Istio's default. */
    workloadTtl?: string | undefined;
}

/** A resource in a preview. */
export interface Resource {
    type: string;
    name: string;
    operation: Operation;
    /** The names of the properties that change, or that force a replacement. */
    changed: string[];
    before?: PublicState;
    after?: PublicState;
    /** A refresh found it missing. */
    missing: boolean;
    /** It loses its protection from deletion. A preview reports that as `same`. */
    unprotected: boolean;
}

const operations: Partial<Record<OpType, Operation>> = {
    create: "create",
    update: "update",
    replace: "replace",
    delete: "delete",
    import: "import",
    same: "same",
};

/** The resource of a step; undefined for refreshes, reads, and the steps of which a replacement consists. */
export function resource(step: StepEventMetadata, missing: boolean): Resource | undefined {
    const operation = operations[step.op];
    const { type, urn } = step;
    return (
        operation && {
            type,
            name: urn.slice(urn.lastIndexOf("::") + 2),
            operation,
            changed: operation === "same" ? [] : changedProperties(step, operation),
            before: publicState(type, step.old),
            after: publicState(type, step.new),
            missing,
            unprotected: Boolean(step.new?.custom && step.old?.protect && !step.new.protect),
        }
    );
}

function changedProperties(step: StepEventMetadata, operation: Operation): string[] {
    const detailed = Object.keys(step.detailedDiff ?? {});
    const names = operation === "replace" ? step.keys : detailed.length > 0 ? detailed : step.diffs;
    return [...(names ?? [])].sort();
}

/** The allowlist. */
function publicState(type: string, state: StepEventStateMetadata | undefined): PublicState | undefined {
    if (!state) {
        return undefined;
    }
    const inputs = properties(state.inputs);
    switch (type) {
        case types.rootCertificate:
        case types.intermediateCertificate:
            return {
                request: text(inputs["certRequestPem"]),
                validityHours: number(inputs["validityPeriodHours"]),
                earlyRenewalHours: number(inputs["earlyRenewalHours"]),
            };
        case types.command: {
            const set = text(properties(inputs["environment"])["ISTIO_SET"]);
            return { ...(set !== undefined && { istio: switches(set) }), ...toSign(text(inputs["stdin"])) };
        }
        default:
            return {};
    }
}

/** The request that a signing command receives on stdin. */
function toSign(stdin = ""): PublicState {
    if (!/^\{.*"csrPem"/.test(stdin)) {
        return {};
    }
    const { csrPem, validityDays }: Partial<Record<keyof SignInput, unknown>> = properties(JSON.parse(stdin));
    const days = number(validityDays);
    return { request: text(csrPem), validityHours: days && days * 24 };
}

/** istioctl uses the last of several values. */
function switches(set: string): IstioSwitches {
    const value = (path: string) =>
        set
            .split("\n")
            .findLast((line) => line.startsWith(`${path}=`))
            ?.slice(path.length + 1);
    const metadata = "meshConfig.defaultConfig.proxyMetadata";
    return {
        multiRoot: value(`values.pilot.env.${istiodFollows}`) === "true",
        xdsAgent: value(`${metadata}.${proxyFollows}`) === "true",
        workloadTtl: value(`${metadata}.SECRET_TTL`),
    };
}
