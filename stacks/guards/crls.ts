import { Refusal } from "../refusal";
import { RootChange } from "../rootChange";

/** istiod keeps the last CRLs that it was given. */
export async function crlsSwitchedOff({
    settings,
    asked,
}: Pick<RootChange, "settings" | "asked">): Promise<Refusal | undefined> {
    const plugged = settings.crls ? [] : Object.entries((await asked()).plugged);
    const listed = plugged.filter(([, { crls }]) => crls !== undefined);
    return listed.length === 0
        ? undefined
        : {
              id: "crls-switched-off",
              found: `crls is false, but ${listed.map(([cluster]) => cluster).join(", ")} ${listed.length === 1 ? "has" : "have"} CRLs, and istiod keeps the last ones that it was given (istio#61073): the next new key would be rejected.`,
              remedy: "Set crls to true; empty CRLs revoke nothing.",
          };
}

/** Before workloads check CRLs, one that is missing only holds the others back. */
export async function crlMissing({
    last,
    crls,
}: Pick<RootChange, "last" | "crls">): Promise<Refusal | undefined> {
    const { missing } = await crls();
    return missing.length === 0 || last.crls === undefined
        ? undefined
        : {
              id: "crl-missing",
              found: `The CA of ${missing.join(", ")} has no CRL yet, and workloads that check CRLs reject a CA without one.`,
              remedy: `Bring ${missing.join(", ")} up first.`,
          };
}
