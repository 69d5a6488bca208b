import type { Policies } from "@pulumi/policy";
import { cacertsKept } from "./cacertsKept";
import { caKeysInPlace, caKeysNotExported, caKeysSecret } from "./caKeys";
import { intermediateLifetime } from "./intermediateLifetime";
import { keyAlgorithm } from "./keyAlgorithm";
import { pathLength } from "./pathLength";
import { pluggedInCaUsed } from "./pluggedInCaUsed";
import { rootKeyProtected } from "./rootKeyProtected";
import { strictMutualTls } from "./strictMutualTls";

/** The policies, for packs that hold others too. They work on any stack that plugs a CA into Istio. */
export const policies: Policies = [
    caKeysInPlace,
    caKeysSecret,
    caKeysNotExported,
    rootKeyProtected,
    cacertsKept,
    intermediateLifetime,
    pathLength,
    keyAlgorithm,
    strictMutualTls,
    pluggedInCaUsed,
];
