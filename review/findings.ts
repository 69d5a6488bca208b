import { stripVTControlCharacters } from "node:util";
import { rootCertFile } from "../pki/caFiles";
import { explained, type Finding as RuleFinding } from "../pki/rules/finding";
import { withoutPem } from "../pki/pemMarks";
import { rootChange } from "../pki/rules/rootChange";
import { shorten } from "../pki/certificate";
import { StackPreview } from "./preview";
import { overlap, roots } from "./roots";
import { cacerts, istioctl } from "./trust";

/** A reason against an `up`. */
export interface Finding {
    stack: string;
    /** An error blocks the `up`. */
    severity: "error" | "warning";
    /** What it concerns: a resource, a policy, a rule. */
    about: string;
    text: string;
}

/** What the engine, the policies and the rules report about the `up` of a stack. */
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
            text: [`${file}: ${found}`, effect, remedy, explained(rule)].join("\n"),
        })),
    ].map((finding) => ({ ...finding, text: publicText(finding.text) }));
}

function ruleFindings(preview: StackPreview): RuleFinding[] {
    return preview.succeeded
        ? [changedRoot(preview), droppedReload(preview)].filter((finding) => finding !== undefined)
        : [];
}

/** The program refuses changes that the names of roots reveal, but not a different root under the name of the one that signs. */
function changedRoot(preview: StackPreview): RuleFinding | undefined {
    const { role, before } = preview;
    const clusters = role === "root" ? Object.keys(before.certificates ?? {}) : [];
    const runs = role === "standalone" && cacerts(preview)?.before !== undefined;
    if (overlap(preview) || (clusters.length === 0 && !runs)) {
        return undefined;
    }
    const { signer } = roots(preview);
    const [old, next] = [signer.before, signer.after].map((root) => root?.certificate?.fingerprint);
    return {
        rule: "root-change",
        severity: "error",
        file: rootCertFile,
        found: `the root ${shorten(old!)}, which signs, is replaced by ${next === undefined ? "a new one" : shorten(next)} in one step`,
        effect: runs
            ? "A running istiod ignores the changed cacerts and continues under the old root; the verification fails."
            : `The next \`up\` of ${clusters.join(", ")} will be refused, because the workloads there do not trust the new root.`,
        remedy: runs
            ? "Take the mesh down first."
            : "Leave the root as it is. `npm run rotate` replaces it step by step.",
    };
}

/** What istiod checks first at a reload, if both files are known. */
function droppedReload(preview: StackPreview): RuleFinding | undefined {
    const live = preview.before.files?.[rootCertFile];
    const text = preview.after.files?.[rootCertFile];
    const running = istioctl(preview)?.before?.istio;
    return live !== undefined && text !== undefined && running && cacerts(preview)?.operation === "update"
        ? rootChange({ name: rootCertFile, text }, live, running.multiRoot)
        : undefined;
}

/** Messages may come from other programs. None of ours contains a key; if another does, the key is removed here. */
export function publicText(text: string): string {
    const plain = stripVTControlCharacters(text).replaceAll(/<\{%[^%]*%\}>/g, "");
    return withoutPem(plain, "[PEM]")
        .replaceAll(/[A-Za-z0-9+/=_-]{60,}/g, "[…]")
        .trim();
}
