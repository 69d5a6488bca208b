import * as pulumi from "@pulumi/pulumi";
import { CaBundle } from "../pki/caBundle";
import { caCertFile, caCrlFile, certChainFile, PublicFiles, rootCertFile } from "../pki/caFiles";
import { CaProfile } from "../pki/profile";

/** The public files of the Secret `cacerts`, PEM. */
export interface CaPems {
    /** ca-cert.pem: the certificate that signs. */
    caCertPem: string;
    /** cert-chain.pem: what workloads serve after their own certificate. */
    certChainPem: string;
    /** root-cert.pem: the roots that workloads trust. */
    rootCertPem: string;
    /** ca-crl.pem: the certificate revocation lists of every CA in the mesh. Default: the mesh uses none. */
    crlPem?: string | undefined;
}

/** The same as arguments of a component. */
export interface CaPemArgs {
    /** The file ca-cert.pem, PEM: the certificate that signs. */
    caCertPem: pulumi.Input<string>;
    /** The file cert-chain.pem, PEM: what workloads serve after their own certificate. */
    certChainPem: pulumi.Input<string>;
    /** The file root-cert.pem, PEM: the roots that workloads trust. */
    rootCertPem: pulumi.Input<string>;
    /** The file ca-crl.pem, PEM: the CRLs of every CA in the mesh. Default: the mesh uses none. */
    crlPem?: pulumi.Input<string | undefined>;
}

/**
 * The public files to plug in for an intermediate CA that was signed, encoded again, so that istiod and Envoy read what was checked.
 *
 * @param signedPem - the intermediate's certificate, followed by those that lead to a root; PEM
 * @param trustBundlePem - the roots that every cluster trusts; PEM
 * @param profile - whether cert-chain.pem ends with the root. Default: the profile `default`
 * @param crlsPem - the CRLs of every CA in the mesh; PEM. Default: none
 * @throws pulumi.RunError if a text is not plain PEM.
 */
export function caPems(
    signedPem: string,
    trustBundlePem: string,
    profile?: Pick<CaProfile, "rootInChain">,
    crlsPem?: string,
): CaPems {
    return pemsOf(plugInBundle(signedPem, trustBundlePem, profile, crlsPem).files);
}

/** As CaBundle.signed. @throws pulumi.RunError if a text is not plain PEM. */
export function plugInBundle(...args: Parameters<typeof CaBundle.signed>): CaBundle {
    try {
        return CaBundle.signed(...args);
    } catch (error) {
        throw new pulumi.RunError(`${(error as Error).message} Nothing was changed.`);
    }
}

/** The files, by what they hold. */
export function pemsOf(files: PublicFiles): CaPems {
    const crlPem = files[caCrlFile];
    return {
        caCertPem: files[caCertFile],
        certChainPem: files[certChainFile],
        rootCertPem: files[rootCertFile],
        ...(crlPem !== undefined && { crlPem }),
    };
}

/** The files of a stack as arguments of components. */
export function pemArgs(files: pulumi.Output<PublicFiles>): CaPemArgs {
    const { caCertPem, certChainPem, rootCertPem, crlPem } = files.apply(pemsOf);
    return { caCertPem, certChainPem, rootCertPem, crlPem };
}

/** The files by their names, in the order that they always had in what a Command reads. */
export function filesOf({ caCertPem, certChainPem, rootCertPem, crlPem }: CaPems): PublicFiles {
    return {
        [caCertFile]: caCertPem,
        [certChainFile]: certChainPem,
        [rootCertFile]: rootCertPem,
        ...(crlPem !== undefined && { [caCrlFile]: crlPem }),
    };
}
