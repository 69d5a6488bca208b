import { caCrlFile } from "../pki/caFiles";
import { Crl } from "../pki/crl";
import { Outputs } from "./outputs";
import { StackPreview } from "./preview";

type Root = Pick<StackPreview, "before" | "after" | "outputs">;

/** What follows of certificates that stack root revokes, restores or withholds, in words. */
export function ofRevocation(root: Root): string[] {
    return [...ofSwitch(root), ...ofRevoked(root), ...ofWithheld(root)];
}

/** Lists of revoked certificates come with the setting `crls`. */
function ofSwitch({ outputs }: Root): string[] {
    const how = outputs.find(({ name }) => name === "crls")?.how;
    return how === "new"
        ? [
              "Lists of revoked certificates are switched on: each cluster's next `up` brings it the lists of every CA, and from then on its workloads refuse a CA without one. They stay switched on.",
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
            `Revoked from the \`up\` on: ${revoked.join("; ")}. Each cluster's next \`up\` brings it the list; then its workloads refuse new connections from whoever holds that key. Open connections last until they are closed (\`maxConnectionMinutes\`).`,
        restored.length > 0 &&
            `No longer revoked: ${restored.join("; ")}. Each cluster's next \`up\` brings it the list.`,
    ].filter((text) => typeof text === "string");
}

/** Clusters wait for a signature, or all wait for the lists, until clusters were brought up once more. */
function ofWithheld({ before, after }: Root): string[] {
    const withheld = (after.withheld ?? []).filter((cluster) => !before.withheld?.includes(cluster));
    if (withheld.length === 0) {
        return [];
    }
    const names = withheld.map((cluster) => `\`${cluster}\``).join(", ");
    return [
        before.crls === undefined
            ? `No lists of revoked certificates are made yet, since the CA of ${names} has none: bring it up, then this stack again.`
            : `The new key of ${names} is not signed yet, since not every cluster has its list of revoked certificates: bring all clusters up, then this stack again.`,
    ];
}

/** What follows of other lists in a cluster's `cacerts`, in words. */
export function ofCrls({ before, after }: StackPreview, all: StackPreview[]): string[] {
    const [old, next] = [before, after].map(({ files }) => files && (files[caCrlFile] ?? ""));
    if (next === undefined || (old ?? "") === next) {
        return [];
    }
    if (next === "") {
        return [
            "The lists of revoked certificates leave `cacerts`, but istiod keeps the last ones that it was given (istio#61073).",
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
            `New lists of revoked certificates: ${added.map(({ issuer }) => issuer).join("; ") || "none, some go"}.`,
            ...(fresh.length > 0 ? [`They revoke ${fresh.join("; ")}.`] : []),
            "Proxies pick them up within a minute or so; no workload re-signs.",
        ].join(" "),
    ];
}

/** A certificate in words: whose it is, where one of these outputs tells, and its serial number. */
function serialNames(...outputs: Outputs[]): (serial: string) => string {
    return (serial) => {
        const { cluster, generation } =
            outputs.map(({ issued }) => issued?.[serial]).find((issue) => issue !== undefined) ?? {};
        return cluster === undefined
            ? `the serial number ${serial}`
            : `\`${cluster}/${generation}\` (serial number ${serial})`;
    };
}
