import { PolicyPack } from "@pulumi/policy";
import { cacertsKept } from "./cacertsKept";
import { caKeysInPlace, caKeysNotExported, caKeysSecret } from "./caKeys";
import { intermediateLifetime } from "./intermediateLifetime";
import { keyAlgorithm } from "./keyAlgorithm";
import { pathLength } from "./pathLength";
import { pluggedInCaUsed } from "./pluggedInCaUsed";
import { rootKeyProtected } from "./rootKeyProtected";
import { strictMutualTls } from "./strictMutualTls";

new PolicyPack("istio-plugin-ca", {
    policies: [
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
    ],
});
