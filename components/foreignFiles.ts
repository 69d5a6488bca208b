import * as pulumi from "@pulumi/pulumi";
import { caKeyFile } from "../pki/bundle";
import { CacertsScriptArgs, removeFromCacerts } from "./cacertsScript";

/** Arguments of {@link ForeignFiles}. */
export interface ForeignFilesArgs extends CacertsScriptArgs {
    /** The public files of `cacerts` by name: with the key they are all that stays. */
    files: pulumi.Input<Record<string, string>>;
}

/**
 * What somebody's `cacerts` holds besides the files that take its place, such as a tls.crt, which istiod would read first, or
 * the CRLs of another CA: it goes once those are there.
 */
export class ForeignFiles extends pulumi.ComponentResource {
    constructor(name: string, args: ForeignFilesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:ForeignFiles", name, args, opts);
        const { files, ...cluster } = args;
        const kept = pulumi.output(files).apply((each) => [...Object.keys(each), caKeyFile].sort().join(" "));
        removeFromCacerts({ name, resource: this }, "cacerts-foreign-files.sh", cluster, {
            CACERTS_FILES: kept,
        });
        this.registerOutputs({});
    }
}
