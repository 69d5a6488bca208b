import { caCrlFile } from "../pki/caFiles";
import { Crl } from "../pki/crl";
import { Outputs } from "./outputs";
import { StackPreview } from "./preview";

type Root = Pick<StackPreview, "before" | "after" | "outputs">;

/** What it means that stack root revokes, restores or withholds certificates, in words. */
export function ofRevocation(root: Root): string[] {
    return [...ofSwitch(root), ...ofRevoked(root), ...ofWithheld(root)];
}

/** The setting `crls` was switched on. */
function ofSwitch({ outputs }: Root): string[] {
    const how = outputs.find(({ name }) => name === "crls")?.how;
    return how === "new"
        ? [
              "CRLs are switched on: each cluster's next `up` brings it the CRLs of every CA, and from then on its workloads reject a CA without one. They stay switched on.",
          ]
        : [];
}

function ofRevoked({ before, after }: Root): string[] {
    const names = serialNames(before, after);
    const only = (these: Outputs["revoked"] = {}, those: Outputs["revoked"] = {}) =>
        Object.entries(these).filter(([serial]) => !(serial in those));
    const revoked = only(after.revoked, before.revoked).map(([serial]) => names(serial));
    const restored = only(before.revoked, after.revoked).map(
        ([serial, since]) => `${names(serial)}, revoked since ${since?.slice(0, 10)}`,
    );
    return [
        revoked.length > 0 &&
            `Revoked by this \`up\`: ${revoked.join("; ")}. Each cluster's next \`up\` brings it the CRL; then its workloads reject new connections from anyone who holds that key. Open connections last until they are closed (\`maxConnectionMinutes\`).`,
        restored.length > 0 &&
            `No longer revoked: ${restored.join("; ")}. Each cluster's next \`up\` brings it the CRL.`,
    ].filter((text) => typeof text === "string");
}

/** Clusters wait for a signature, or all of them wait for CRLs, until certain clusters were brought up again. */
function ofWithheld({ before, after }: Root): string[] {
    const withheld = (after.withheld ?? []).filter((cluster) => !before.withheld?.includes(cluster));
    if (withheld.length === 0) {
        return [];
    }
    const names = withheld.map((cluster) => `\`${cluster}\``).join(", ");
    const several = withheld.length > 1;
    return [
        before.crls === undefined
            ? `No CRLs are made yet, because ${names} ${several ? "have" : "has"} none for ${several ? "their CAs" : "its CA"}: bring ${several ? "them" : "it"} up, then this stack again.`
            : `The new key of ${names} is not signed yet, because some clusters are missing its CRL: bring all clusters up, then this stack again.`,
    ];
}

/** What other CRLs in a cluster's `cacerts` mean, in words. */
export function ofCrls({ before, after }: StackPreview, all: StackPreview[]): string[] {
    const [old, next] = [before, after].map(({ files }) => files && (files[caCrlFile] ?? ""));
    if (next === undefined || (old ?? "") === next) {
        return [];
    }
    if (next === "") {
        return [
            "The CRLs are removed from `cacerts`, but istiod keeps the last ones that it has read (istio#61073).",
        ];
    }
    const known = Crl.all(old ?? "");
    const added = Crl.all(next).filter(({ pem }) => !known.some((crl) => crl.pem === pem));
    const [revokedBefore, revoked] = [known, Crl.all(next)].map(
        (crls) => new Set(crls.flatMap(({ serials }) => [...serials])),
    );
    const names = serialNames(...all.flatMap((preview) => [preview.before, preview.after]));
    const fresh = [...revoked!].filter((serial) => !revokedBefore!.has(serial)).map(names);
    return [
        [
            `New CRLs: ${added.map(({ issuer }) => issuer).join("; ") || "none, but some are removed"}.`,
            ...(fresh.length > 0 ? [`They revoke ${fresh.join("; ")}.`] : []),
            "Proxies pick them up within a minute or so; no workload requests a new certificate.",
        ].join(" "),
    ];
}

/** A certificate in words: its cluster and generation, if one of these outputs has them, and its serial number. */
function serialNames(...outputs: Outputs[]): (serial: string) => string {
    return (serial) => {
        const { cluster, generation } =
            outputs.map(({ issued }) => issued?.[serial]).find((issue) => issue !== undefined) ?? {};
        return cluster === undefined
            ? `the serial number ${serial}`
            : `\`${cluster}/${generation}\` (serial number ${serial})`;
    };
}
