import { caCrlFile } from "../pki/bundle";
import { Crl } from "../pki/crl";
import { StackPreview } from "./preview";

/** What follows of certificates that stack root revokes or takes back, in words. */
export function ofRevocation({ before, after }: StackPreview): string[] {
    const named = (serial: string) => {
        const { cluster, generation } = after.issued?.[serial] ?? before.issued?.[serial] ?? {};
        return cluster === undefined ? `the serial number ${serial}` : `\`${cluster}/${generation}\``;
    };
    const only = (these: Record<string, string> = {}, those: Record<string, string> = {}) => [
        ...new Set(
            Object.keys(these)
                .filter((serial) => !(serial in those))
                .map(named),
        ),
    ];
    const [revoked, restored] = [
        only(after.revoked, before.revoked),
        only(before.revoked, after.revoked),
    ].map((names) => names.join(", "));
    return [
        revoked &&
            `Revoked: ${revoked}. Each cluster's next \`up\` brings it the list; from then on its workloads refuse new connections of whoever holds that key. What is open goes on until it ends (\`maxConnectionMinutes\`).`,
        restored && `Not revoked any more: ${restored}. Each cluster's next \`up\` brings it the list.`,
    ].filter((text): text is string => Boolean(text));
}

/** What follows of other lists in a cluster's `cacerts`, in words. */
export function ofCrls({ before, after }: StackPreview): string[] {
    const [old, next] = [before, after].map(({ files }) => files?.[caCrlFile] ?? "");
    if (old === next || next === "") {
        return [];
    }
    const issuers = Crl.all(next!)
        .filter(({ pem }) => !old!.includes(pem))
        .map(({ issuer }) => issuer);
    return [
        `New lists of revoked certificates: ${issuers.join("; ") || "none, some go"}. Proxies follow within a minute or so; no workload re-signs.`,
    ];
}
