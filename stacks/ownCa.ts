import { plugInBundle } from "../components/caPems";
import { ClusterSettings, ReadySettings, StandaloneSettings } from "../config/settings";
import type { OwnCa } from "./plan";
import { Signed, signerName } from "./signer";

/**
 * The CA of a stack; undefined until it is signed, and in a standalone stack, which signs during the `up`.
 *
 * @throws Refused if it cannot be read, or istiod or workloads would reject it.
 */
export async function ownCa(
    settings: ClusterSettings | StandaloneSettings | ReadySettings,
    signed: Signed | undefined,
): Promise<OwnCa | undefined> {
    switch (settings.role) {
        case "cluster":
            return signed && signedCa(settings, signed);
        case "ready":
            return (await import("./readyCa.ts")).readyCa(settings);
        case "standalone":
            return undefined;
    }
}

function signedCa(settings: ClusterSettings, { certificate, trustBundle, crls }: Signed): OwnCa {
    const bundle = plugInBundle(certificate.pem, trustBundle, settings.profile, crls);
    return { source: signerName(settings), bundle };
}
