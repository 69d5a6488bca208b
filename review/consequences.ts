import { ofPreviousCa } from "./previousCa";
import { nothingInstalled, ofIstio, reload, rootFileChanges } from "./istio";
import { linksOf, ofLinks } from "./links";
import { StackPreview } from "./preview";
import { ofCrls, ofRevocation } from "./revocation";
import { called, overlap, Root, roots, signerTurns } from "./roots";
import { TrustChange } from "./trust";

/** A consequence for a cluster, or for a stack as a whole. */
export interface Consequence {
    /** The stack whose workloads it concerns. */
    stack: string;
    text: string;
}

/** What the changes mean for workloads, in words. States nothing that the previews do not show. */
export function consequences(
    preview: StackPreview,
    changes: TrustChange[],
    all: StackPreview[],
): Consequence[] {
    const { stack, role, succeeded } = preview;
    const here = (texts: string[]) => texts.map((text) => ({ stack, text }));
    if (!succeeded) {
        return here(["The preview fails, so what follows is unknown."]);
    }
    if (role === "mesh") {
        return here(ofLinks(linksOf(preview, all)));
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

/** What can be deleted after this `up`. */
function ofProtection({ resources }: StackPreview): string[] {
    const names = resources.filter(({ unprotected }) => unprotected).map(({ name }) => `\`${name}\``);
    return names.length > 0
        ? [`No longer protected: ${names.sort().join(", ")}. A later \`up\` or \`destroy\` can delete them.`]
        : [];
}

function ofRoot(preview: StackPreview, all: StackPreview[]): string[] {
    if (!preview.before.root) {
        return roots(preview).added.length > 0
            ? [
                  "A new root. A cluster trusts it once its `up` plugs in a certificate that the root has signed.",
              ]
            : [];
    }
    const texts = ofTrust(preview, all);
    const then = overlap(preview)
        ? "A cluster picks this up with its next `up`."
        : "Nothing changes in the clusters, because their next `up` refuses the new root; their workloads stay with the old one until its certificates expire.";
    return texts.length > 0 ? [[...texts, then].join(" ")] : [];
}

/** A step in the replacement of a root: trust both, sign with the new one, trust it alone. */
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
            `${list(added)} trusted along with ${kept.map(called).join(" and ")}: the roots overlap${sameIssuer}.`,
        turns &&
            `The intermediates are signed again under ${called(signer.after!)} in place of ${called(signer.before!)}; all workloads trust both.`,
        lost.length > 0 &&
            `${list(lost)} no longer trusted: workloads reject certificates that still lead there. \`npm run verify\` reports beforehand whether there are any.`,
    ].filter((text) => typeof text === "string");
}

function list(roots: Root[]): string {
    return `${roots.map(called).join(" and ")} ${roots.length > 1 ? "are" : "is"}`;
}

/** What a certificate that stack root signs means for the cluster. */
function ofSigning(preview: StackPreview, { ca, cluster, how, before }: TrustChange, all: StackPreview[]) {
    if (ca === "root") {
        return [];
    }
    const theirs = all.find(({ stack }) => stack === cluster);
    switch (how) {
        case "new":
            return ["It gets its first certificate; its next `up` plugs it in."];
        case "signed again":
            return overlap(preview)
                ? [
                      `Its certificate is signed again under ${issuer(preview)}. Nothing changes in the cluster until its own next \`up\`.`,
                      ...(theirs?.succeeded ? [`Then: ${reload(theirs, true)}`] : []),
                  ]
                : [];
        case "renewal date only":
            return ["Only the date of the next renewal changes."];
        case "removed":
            return [
                `Its certificate is removed from the state, which does not revoke it: an istiod that has it continues to sign with it until ${before?.certificate?.notAfter.slice(0, 10)}. The next \`up\` of its stack will be refused; \`npm run destroy -- ${cluster}\` takes it down.`,
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

/** What the changes of a cluster's CA mean for it. */
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
                      "A key is generated and its certificate requested. Nothing is plugged in until the signer has signed it.",
                  ];
        case "new key requested":
            return [
                "A new key is generated and its certificate requested. `cacerts` stays as it is until the signer has signed it and this stack's next `up` plugs it in.",
            ];
        case "in place":
            return [
                ...ofTrust(preview, all),
                overlap(preview)
                    ? reload(preview, rootFileChanges(preview))
                    : "The running istiod ignores the changed `cacerts`. After a restart it signs under the new root, and workloads under the old root and the new one reject each other. Expect downtime.",
            ];
        case "replaced":
            return [
                "`cacerts` is deleted and created again: an istiod that starts in between creates its own CA, whose workloads the others reject. Expect downtime.",
            ];
        case "restored":
            return [
                "The Secret `cacerts` is missing from the cluster; this `up` writes it again with the same CA. A running istiod keeps the CA that it has read, and no workload requests a new certificate. An istiod that started without the Secret has created its own CA: restart it after the `up`, then its workloads. `npm run verify` reports whether that is needed.",
            ];
        case "outputs only":
            return [...ofTrust(preview, all), nothingInstalled];
        default:
            return [];
    }
}
