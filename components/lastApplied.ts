import * as pulumi from "@pulumi/pulumi";
import { CacertsScriptArgs, removeFromCacerts } from "./cacertsScript";

/**
 * Removes what `kubectl apply` left of somebody's `cacerts` in an annotation, the key in base64: whoever takes the Secret over
 * would write it, with the rest of its metadata, to Pulumi's state in the clear.
 */
export class LastApplied extends pulumi.ComponentResource {
    constructor(name: string, args: CacertsScriptArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:LastApplied", name, args, opts);
        removeFromCacerts({ name, resource: this }, "cacerts-last-applied.sh", args);
        this.registerOutputs({});
    }
}
