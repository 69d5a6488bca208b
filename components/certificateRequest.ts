import * as pulumi from "@pulumi/pulumi";
import { CertificateRequest, RefusedRequest } from "../pki/csr";

/**
 * A cluster's request that may be signed. Outputs carry its PEM alone: Pulumi makes plain objects of what is in them.
 *
 * @throws pulumi.ResourceError of the one that signs, with all that is wrong with it.
 */
export function judgedRequest(pem: string, cluster: string, signer: pulumi.Resource): CertificateRequest {
    try {
        return CertificateRequest.judge(pem, cluster);
    } catch (error) {
        throw error instanceof RefusedRequest ? new pulumi.ResourceError(error.message, signer, true) : error;
    }
}
