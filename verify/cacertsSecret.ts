import { ApiException } from "@kubernetes/client-node";
import { Certificate, sameCertificates } from "../pki/certificate";
import { caCertFile, caCertsSecretName, rootCertFile } from "../pki/caFiles";
import { ExpectedCa } from "./expectedCa";
import { found } from "../kube/apiError";
import { Cluster } from "../kube/cluster";
import { Check, Observation } from "./report";
import { request } from "../kube/requests";

/** If this file is there, istiod reads it and ignores every *.pem (istio pilot/pkg/bootstrap/istio_ca.go). */
const preferredFile = "tls.crt";

/**
 * Compares the public files of `cacerts` with the expected ones; nothing else of the Secret is looked at. If it may
 * not be read there is nothing to check, and `skipped` says so.
 */
export async function observeCacerts(
    cluster: Cluster,
    namespace: string,
    expected: ExpectedCa,
): Promise<Observation> {
    try {
        const where = { namespace, name: caCertsSecretName };
        const secret = await found(request((options) => cluster.core.readNamespacedSecret(where, options)));
        return { checks: secretChecks(secret?.data, expected) };
    } catch (error) {
        if (error instanceof ApiException && error.code === 403) {
            return { checks: [], skipped: [`Secret ${caCertsSecretName}: it may not be read`] };
        }
        throw error;
    }
}

/** @param data - the Secret's data, base64 as the API gives it; undefined if there is no Secret */
export function secretChecks(
    data: Record<string, string> | undefined,
    { caCert, roots }: ExpectedCa,
): Check[] {
    const overridden = data !== undefined && preferredFile in data;
    const compare = (file: string, expected: readonly Certificate[]): Check => {
        const certificates = Certificate.strictly(Buffer.from(data?.[file] ?? "", "base64").toString());
        const found = certificates.map((each) => each.short).join(", ") || "missing";
        return {
            name: `Secret cacerts: ${file}`,
            expected: expected.map((each) => each.short).join(", "),
            observed: overridden ? `${preferredFile}, which istiod prefers` : found,
            ok: !overridden && sameCertificates(certificates, expected),
        };
    };
    return [compare(caCertFile, [caCert]), compare(rootCertFile, roots)];
}
