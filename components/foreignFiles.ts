import * as pulumi from "@pulumi/pulumi";
import { caCertFile, caCrlFile, caKeyFile, certChainFile, rootCertFile } from "../pki/caFiles";
import { CacertsScriptArgs, removeFromCacerts } from "./cacertsScript";

/** Arguments of {@link ForeignFiles}. */
export interface ForeignFilesArgs extends CacertsScriptArgs {
    /** The file ca-crl.pem, PEM: it stays too. Default: there is none. */
    crlPem?: pulumi.Input<string | undefined>;
}

/**
 * What somebody's `cacerts` holds in addition to the files that take its place, such as a tls.crt, which istiod would read first, or
 * the CRLs of another CA: it is removed once those are there.
 */
export class ForeignFiles extends pulumi.ComponentResource {
    constructor(name: string, args: ForeignFilesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:ForeignFiles", name, args, opts);
        const { crlPem, ...cluster } = args;
        const kept = pulumi.output(crlPem).apply((crls) => {
            const ours = [caCertFile, caKeyFile, certChainFile, rootCertFile];
            return [...ours, ...(crls === undefined ? [] : [caCrlFile])].sort().join(" ");
        });
        removeFromCacerts({ name, resource: this }, "cacerts-foreign-files.sh", cluster, {
            CACERTS_FILES: kept,
        });
        this.registerOutputs({});
    }
}
