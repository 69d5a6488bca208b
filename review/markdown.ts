import { shorten } from "../pki/certificate";
import { Consequence } from "./consequences";
import { Finding } from "./findings";
import { linkTable } from "./linkTable";
import { counts, ResourceChange, Review, StackReview, Verdict } from "./review";
import { How, Standing, TrustChange } from "./trust";

const headings: Record<Verdict, string> = {
    nothing: "Trust review: nothing changes",
    changes: "Trust review: changes",
    blocked: "Trust review: blocked",
};

/** The longest comment that GitHub accepts, less what a workflow may add to it. */
const longest = 60_000;

/** A review for people, as Markdown for GitHub. */
export function markdown(review: Review): string {
    const whole = text(review, true);
    return whole.length <= longest ? whole : text(review, false);
}

function text({ verdict, stacks, forgotten }: Review, whole: boolean): string {
    const trust = stacks.flatMap((stack) => stack.trust);
    const found = stacks.flatMap((stack) => stack.findings);
    const changed = stacks.filter(({ resources }) => resources.length > 0);
    const sections = [
        `## ${headings[verdict]}`,
        [...stacks.map(summary), ...forgotten.map(forgottenStack)].join("\n"),
        trust.length > 0 && `### Certificates\n\n${table(trust)}`,
        section("What follows", follows(stacks.flatMap(({ consequences }) => consequences))),
        ...stacks.map(linkSection),
        section("Findings", found.map(finding)),
        trust.some(fingerprints) && folded("Fingerprints in full", fence("", trust.flatMap(fullNames))),
        changed.length > 0 &&
            folded(
                "Resources",
                whole
                    ? fence("diff", changed.flatMap(diff))
                    : "Too long for a comment: see `pulumi preview`.",
            ),
    ];
    return `${sections.filter((text) => typeof text === "string" && text !== "").join("\n\n")}\n`;
}

function section(heading: string, items: string[]): string {
    return items.length > 0 ? `### ${heading}\n\n${items.join("\n")}` : "";
}

function linkSection({ stack, links }: StackReview): string {
    const table = linkTable(links);
    return table && `### Requests between the clusters of ${code(stack)}\n\n${table}`;
}

function summary({ stack, verdict, resources, outputs, role, findings }: StackReview): string {
    const names = outputs.map(({ name }) => code(name)).join(", ");
    const words: Record<Verdict, string> = {
        nothing: "nothing changes",
        changes: counts(resources) || (names ? `outputs change: ${names}` : "protection changes"),
        blocked: ["**blocked**", counts(resources)].filter((text) => text !== "").join(", "),
    };
    const warnings = findings.filter(({ severity }) => severity === "warning").length;
    const shown = warnings > 0 ? `, ${plural(warnings, "warning")}` : "";
    return `- ${code(stack)} (${role}): ${words[verdict]}${shown}`;
}

function forgottenStack(stack: string): string {
    return `- ${code(stack)}: its settings are gone, but its resources are not. Restore its settings, or take it down: \`npm run destroy -- ${stack}\``;
}

const columns = ["CA", "Stack", "Certificate", "Valid", "Next renewal", "How"];

function table(changes: TrustChange[]): string {
    const rows = changes.map((change) =>
        [
            subject(change),
            code(change.stack),
            arrow(certificate(change.before), certificate(change.after)),
            arrow(validity(change.before), validity(change.after)),
            renewals(change),
            hows[change.how],
        ].map((cell) => cell.replaceAll("|", "\\|")),
    );
    return [columns, columns.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function subject({ ca, name, cluster }: TrustChange): string {
    return cluster === undefined
        ? [ca, name && code(name)].filter(Boolean).join(" ")
        : `${ca} of ${code(cluster)}`;
}

const hows: Record<How, string> = {
    new: "new",
    "signed again": "signed again; plugged in by its stack's next `up`",
    "in place": "`cacerts` updated in place",
    replaced: "replaced",
    removed: "removed",
    "new key requested": "requested; `cacerts` stays",
    restored: "`cacerts` missing, written again",
    "renewal date only": "renewal date only",
    "outputs only": "outputs only",
};

/** Before and after, or one of them if they are the same. */
function arrow(before: string, after: string): string {
    return before === after ? after || "-" : [before || "-", after || "-"].join(" → ");
}

function certificate(standing: Standing | undefined): string {
    if (!standing) {
        return "";
    }
    const { certificate, key } = standing;
    return certificate ? code(shorten(certificate.fingerprint)) : `new certificate, ${key} key`;
}

function validity(standing: Standing | undefined): string {
    if (standing?.certificate) {
        const { notBefore, notAfter } = standing.certificate;
        return `${date(notBefore)} to ${date(notAfter)}`;
    }
    const days = standing?.validityDays;
    return days === undefined ? unknown(standing) : `${plural(days, "day")} from the \`up\``;
}

/** Roots are not renewed. If the signer has replaced a certificate, its renewal date is no longer known. */
function renewals({ ca, before, after }: TrustChange): string {
    const [old, next] = [renewal(before), renewal(after)];
    return ca === "root" ? "-" : before && after && old === "" ? next || "-" : arrow(old, next);
}

function renewal(standing: Standing | undefined): string {
    const when = standing?.renewal;
    if (typeof when === "number") {
        return when > 0 ? `in its last ${plural(when, "day")}` : "by hand";
    }
    return when === undefined ? unknown(standing) : date(when);
}

/** A preview cannot know everything about a certificate that is not signed yet. */
function unknown(standing: Standing | undefined): string {
    return standing && !standing.certificate ? "unknown" : "";
}

/** Reports once what is the same for several stacks. */
function follows(consequences: Consequence[]): string[] {
    return [...Map.groupBy(consequences, ({ text }) => text)].map(
        ([text, about]) => `- ${about.map(({ stack }) => code(stack)).join(", ")}: ${text}`,
    );
}

function finding({ severity, stack, about, text }: Finding): string {
    const block = fence("", text.split("\n")).replaceAll(/^/gm, "  ");
    return `- **${severity}** in ${code(stack)}, ${code(about)}:\n\n${block}\n`;
}

function fingerprints({ before, after }: TrustChange): boolean {
    return before?.certificate !== undefined || after?.certificate !== undefined;
}

function fullNames({ stack, ca, cluster, name: rootName, before, after }: TrustChange): string[] {
    const name = `${stack}, ${[ca, cluster ?? rootName].filter((part) => part !== undefined).join(" ")}`;
    const [old, next] = [before, after].map((standing) => standing?.certificate?.fingerprint);
    return [old && `${name}: ${old}`, next && next !== old && `${name}, new: ${next}`].filter(
        (line): line is string => typeof line === "string",
    );
}

const marks = { create: "+", import: "+", update: "!", replace: "!", delete: "-", same: " " };

/** GitHub colours the lines of a diff by their first character. */
function diff({ stack, resources }: StackReview): string[] {
    return [`# ${stack}`, ...resources.map(line)];
}

function line({ operation, type, name, changed }: ResourceChange): string {
    const properties = changed.length > 0 ? `: ${changed.join(", ")}` : "";
    return `${marks[operation]} ${operation} ${type} ${name}${properties}`;
}

function folded(title: string, text: string): string {
    return `<details>\n<summary>${title}</summary>\n\n${text}\n\n</details>`;
}

/** A code block that its content cannot close. */
function fence(language: string, lines: string[]): string {
    const longest = Math.max(2, ...lines.map((each) => /^\s*(`*)/.exec(each)![1]!.length));
    const ticks = "`".repeat(longest + 1);
    return [ticks + language, ...lines, ticks].join("\n");
}

function plural(count: number, noun: string): string {
    return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function code(text: string): string {
    return `\`${text.replaceAll("`", "'")}\``;
}

function date(iso: string): string {
    return iso.slice(0, 10);
}
