import { ofPreviousCa } from "./previousCa";
import { nothingInstalled, ofIstio, reload, rootFileChanges } from "./istio";
import { StackPreview } from "./preview";
import { ofCrls, ofRevocation } from "./revocation";
import { called, overlap, Root, roots, signerTurns } from "./roots";
import { TrustChange } from "./trust";

/** What follows for a cluster, or for a stack as a whole. */
export interface Consequence {
    /** The stack whose workloads it is about. */
    stack: string;
    text: string;
}

/** What follows of the changes for workloads, in words; nothing that the previews do not show. */
export function consequences(
    preview: StackPreview,
    changes: TrustChange[],
    all: StackPreview[],
): Consequence[] {
    const { stack, role, succeeded } = preview;
    const here = (texts: string[]) => texts.map((text) => ({ stack, text }));
    if (!succeeded) {
        return here(["The preview fails, so nothing can be told of what follows."]);
    }
    return role === "root"
        ? [
              ...here([...ofRoot(preview, all), ...ofRevocation(preview), ...ofProtection(preview)]),
              ...changes.flatMap((change) =>
                  ofSigning(preview, change, all).map((text) => ({ stack: change.cluster ?? stack, text })),
              ),
          ]
        : here([
              ...ofPreviousCa(preview),
              ...ofCertificate(preview, changes, all),
              ...ofCrls(preview, all),
              ...ofIstio(preview),
              ...ofProtection(preview),
          ]);
}

/** What may be deleted from this `up` on. */
function ofProtection({ resources }: StackPreview): string[] {
    const names = resources.filter(({ unprotected }) => unprotected).map(({ name }) => `\`${name}\``);
    return names.length > 0
        ? [`No longer protected: ${names.sort().join(", ")}. A later \`up\` or \`destroy\` can delete them.`]
        : [];
}

function ofRoot(preview: StackPreview, all: StackPreview[]): string[] {
    if (!preview.before.root) {
        return roots(preview).added.length > 0
            ? ["A new root. A cluster trusts it from the `up` that plugs in what it has signed."]
            : [];
    }
    const texts = ofTrust(preview, all);
    const then = overlap(preview)
        ? "A cluster follows with its next `up`."
        : "Nothing changes in the clusters, since their next `up` refuses the new root; their workloads go on under the old one until its certificates end.";
    return texts.length > 0 ? [[...texts, then].join(" ")] : [];
}

/** A step of a root's replacement: trust both, sign with the new one, trust it alone. */
function ofTrust(preview: StackPreview, all: StackPreview[]): string[] {
    if (!overlap(preview)) {
        return ["The roots do not overlap."];
    }
    const changes = roots(preview, all);
    const { kept, added, lost, signer } = changes;
    const turns = signerTurns(changes);
    const sameIssuer = turns ? "" : ", and no workload changes its certificate's issuer";
    return [
        added.length > 0 &&
            kept.length > 0 &&
            `${list(added)} trusted beside ${kept.map(called).join(" and ")}: the roots overlap${sameIssuer}.`,
        turns &&
            `The intermediates are signed anew under ${called(signer.after!)} in place of ${called(signer.before!)}: all workloads trust both.`,
        lost.length > 0 &&
            `${list(lost)} no longer trusted: workloads refuse certificates that still lead there. \`npm run verify\` tells beforehand whether there are any.`,
    ].filter((text) => typeof text === "string");
}

function list(roots: Root[]): string {
    return `${roots.map(called).join(" and ")} ${roots.length > 1 ? "are" : "is"}`;
}

/** What a signature of stack root means for the cluster. */
function ofSigning(preview: StackPreview, { ca, cluster, how, before }: TrustChange, all: StackPreview[]) {
    if (ca === "root") {
        return [];
    }
    const theirs = all.find(({ stack }) => stack === cluster);
    switch (how) {
        case "new":
            return ["It gets its first certificate; its next `up` plugs it in."];
        case "signed anew":
            return overlap(preview)
                ? [
                      `Its certificate is signed anew under ${issuer(preview)}. Nothing changes there before its own next \`up\`.`,
                      ...(theirs?.succeeded ? [`Then: ${reload(theirs, true)}`] : []),
                  ]
                : [];
        case "renewal date only":
            return ["Only the date of the next renewal moves."];
        case "removed":
            return [
                `Its certificate is forgotten, which revokes nothing: where it is plugged in, istiod goes on signing with it until ${before?.certificate?.notAfter.slice(0, 10)}. The next \`up\` of its stack refuses to go on; \`npm run destroy -- ${cluster}\` takes it down.`,
            ];
        default:
            return [];
    }
}

function issuer(preview: StackPreview): string {
    const changes = roots(preview);
    return signerTurns(changes)
        ? `${called(changes.signer.after!)}, which its workloads trust`
        : "the same root";
}

/** What a cluster's own changes of its CA mean. */
function ofCertificate(preview: StackPreview, changes: TrustChange[], all: StackPreview[]): string[] {
    return changes
        .filter(({ ca }) => ca === "intermediate")
        .flatMap((change) => ofIntermediate(preview, change, all));
}

function ofIntermediate(preview: StackPreview, change: TrustChange, all: StackPreview[]): string[] {
    switch (change.how) {
        case "new":
            return change.after?.certificate || preview.role !== "cluster"
                ? []
                : [
                      "A key is made and its certificate requested. Nothing is plugged in before the signer has signed it.",
                  ];
        case "new key requested":
            return [
                "A new key is made and its certificate requested. `cacerts` stays as it is until the signer has signed it and this stack's next `up` plugs it in.",
            ];
        case "in place":
            return [
                ...ofTrust(preview, all),
                overlap(preview)
                    ? reload(preview, rootFileChanges(preview))
                    : "The running istiod drops the changed `cacerts`; when it restarts it signs under the new root, and workloads under the old and the new one refuse each other. Downtime is to be expected.",
            ];
        case "replaced":
            return [
                "`cacerts` is deleted and made anew: an istiod that starts in between makes a CA of its own, whose workloads the others refuse. Downtime is to be expected.",
            ];
        case "restored":
            return [
                "The Secret `cacerts` is gone from the cluster; this `up` writes it again, with the same CA. A running istiod keeps the CA that it has read, and no workload asks for a new certificate. One that has started without the Secret has made a CA of its own and must be restarted after the `up`, then its workloads: `npm run verify` tells.",
            ];
        case "outputs only":
            return [...ofTrust(preview, all), nothingInstalled];
        default:
            return [];
    }
}
