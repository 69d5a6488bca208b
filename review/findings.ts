import { stripVTControlCharacters } from "node:util";
import { rootCertFile } from "../pki/bundle";
import type { CertificateFacts } from "../pki/certificates";
import type { Finding as RuleFinding } from "../pki/rules/finding";
import { rootChange } from "../pki/rules/rootChange";
import { shorten } from "../verify/certificatePath";
import { StackPreview } from "./preview";
import { types } from "./resource";
import { cacerts, istioctl, roots } from "./trust";

/** What speaks against an `up`. */
export interface Finding {
    stack: string;
    /** An error blocks. */
    severity: "error" | "warning";
    /** What it is about: a resource, a policy, a rule. */
    about: string;
    text: string;
}

/** What the engine, the policies and the rules have against the `up` of a stack. */
export function findings(preview: StackPreview): Finding[] {
    const { stack, diagnostics, violations } = preview;
    return [
        ...diagnostics.map(({ severity, resource, message }) => ({
            stack,
            severity,
            about: resource ?? "preview",
            text: message,
        })),
        ...violations.map(({ enforcementLevel, policyPackName, policyName, resourceUrn, message }) => ({
            stack,
            severity: enforcementLevel === "mandatory" ? ("error" as const) : ("warning" as const),
            about: [`policy ${policyPackName}: ${policyName}`, resourceUrn?.split("::").at(-1)]
                .filter((part) => part !== undefined)
                .join(", "),
            text: message,
        })),
        ...ruleFindings(preview).map(({ severity, rule, file, found, effect, remedy }) => ({
            stack,
            severity,
            about: rule,
            text: [`${file}: ${found}`, effect, remedy].join("\n"),
        })),
    ].map((finding) => ({ ...finding, text: publicText(finding.text) }));
}

function ruleFindings(preview: StackPreview): RuleFinding[] {
    return preview.succeeded
        ? [changedRoot(preview), droppedReload(preview), keyWithoutCertificate(preview)].filter(
              (finding) => finding !== undefined,
          )
        : [];
}

/** A root that workloads trust goes: of a root that is made by the `up` its own stack alone can tell. */
function changedRoot(preview: StackPreview): RuleFinding | undefined {
    const { role, before } = preview;
    const { lost, kept, added } = roots(preview);
    const clusters = role === "root" ? Object.keys(before.certificates ?? {}) : [];
    const runs = role === "standalone" && cacerts(preview)?.before !== undefined;
    if (lost.length === 0 || (clusters.length === 0 && !runs)) {
        return undefined;
    }
    const others = [...kept, ...added].map(short);
    return {
        rule: "root-change",
        severity: "error",
        file: rootCertFile,
        found: `the root ${lost.map(short).join(", ")} leaves the trust bundle, which then holds ${others.join(", ") || "a new one"} alone`,
        effect: runs
            ? "A running istiod drops the changed cacerts and goes on under the old root; the verification fails."
            : `The next \`up\` of ${clusters.join(", ")} refuses to go on: the workloads there trust the old root.`,
        remedy: "Leave the root as it is, or take the meshes down before.",
    };
}

function short({ fingerprint }: CertificateFacts): string {
    return shorten(fingerprint);
}

/** Where both files are known, istiod's own first question of a reload. */
function droppedReload(preview: StackPreview): RuleFinding | undefined {
    const live = preview.before.files?.[rootCertFile];
    const text = preview.after.files?.[rootCertFile];
    const running = istioctl(preview)?.before?.istio;
    return live !== undefined && text !== undefined && running && cacerts(preview)?.operation === "update"
        ? rootChange({ name: rootCertFile, text }, live, running.multiRoot)
        : undefined;
}

/** Another stack signs: what it has signed was for the key that goes. */
function keyWithoutCertificate({ role, resources, before }: StackPreview): RuleFinding | undefined {
    const key = resources.find(({ type, operation }) => type === types.key && operation === "replace");
    return role === "cluster" && key && before.ca
        ? {
              rule: "key-without-certificate",
              severity: "error",
              file: key.name,
              found: `the key of generation ${before.ca.generation} is replaced (${key.changed.join(", ")}) and its certificate is not`,
              effect: "The `up` makes the new key and fails, since the certificate was signed for the old one; cacerts stays as it is.",
              remedy: "Leave keyAlgorithm and profile as they are, or take the mesh down before.",
          }
        : undefined;
}

/** Messages are others' words. None of ours holds a key; should another, it does not get any further. */
export function publicText(text: string): string {
    return stripVTControlCharacters(text)
        .replaceAll(/<\{%[^%]*%\}>/g, "")
        .replaceAll(/-----BEGIN [^]*?(-----END [^-]*-----|$)/g, "[PEM]")
        .replaceAll(/[A-Za-z0-9+/=_-]{60,}/g, "[…]")
        .trim();
}
