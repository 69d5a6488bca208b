import { RootChange } from "../rootChange";
import { crlMissing, crlsSwitchedOff } from "./crls";
import { caExpiresSoon } from "./expiry";
import type { Guard } from "./guard";
import { stateOutdated } from "./knownRoots";
import { requestRefused } from "./requests";
import { keyRevoked, revokedInUse, revokedUnknown } from "./revocation";
import { roleChanged } from "./role";
import { signerNotTrusted, rootDropped } from "./rootSteps";

/** What stack root refuses before it makes a key or signs anything, judged by the settings and the outputs of stacks. */
export const byStacks: Guard<RootChange>[] = [
    roleChanged, // The keys are those of the role.
    stateOutdated, // Clusters trust a root that this state does not know.

    // A root is replaced in three steps, each through all clusters: trust both, sign with the new one, trust it alone.
    rootDropped, // A plugged-in CA depends on a root that would be dropped.
    signerNotTrusted, // Workloads do not trust the root that would sign.

    requestRefused, // A certificate request asks for what it must not have.

    // Once workloads check CRLs, Envoy rejects every peer below a CA without one.
    crlsSwitchedOff, // istiod would keep the last CRLs.
    crlMissing, // A CA has no CRL.
    revokedUnknown, // No certificate of that name is known.
    revokedInUse, // The certificate is plugged in.
    keyRevoked, // A revoked key gets no other certificate.

    caExpiresSoon, // Nothing is about to replace the root.
];
