import type { SigningCa } from "../caFiles";
import { pemBlocks } from "../pem";
import { CaCertificate } from "../caCertificate";
import { crlLabel } from "../crl";
import type { EnvoyRefusal } from "../verdict/envoy";
import type { Finding } from "./finding";

/** The remedy for each of BoringSSL's error codes that a CA can cause (X509_V_ERR_… of include/openssl/x509.h). */
const remedies: Record<number, string> = {
    3: "Provide a CRL of every CA on the path to the root, and of the root, without reasons or an indirect issuer, and with its issuer's key identifier.",
    7: "Remove the certificate of the same name and another key that comes first, or have the CA signed with key identifiers.",
    8: "Have the CRL signed again, with SHA-256 and, for RSA-PSS, a salt of 32 bytes.",
    9: "Wait until it is valid, or have it signed again.",
    10: "Remove the expired certificate, or put the one that replaces it first.",
    11: "Publish a CRL that is valid now.",
    12: "Publish the CRL again.",
    20: "Let cert-chain.pem lead to a root in root-cert.pem, and have the certificate signed with its issuer's own key identifier, name and serial number.",
    23: "Plug in another CA, or take this one off the CRL.",
    24: "Have it made with basicConstraints CA:TRUE and keyUsage keyCertSign.",
    25: "Have the CAs above made with path lengths that leave room.",
    26: "Have it made without extended key usages, or with both serverAuth and clientAuth: Envoy does not count anyExtendedKeyUsage.",
    34: "Have it made without the critical extension.",
    36: "Publish a complete CRL without critical extensions, not a delta CRL.",
    44: "Publish a CRL of all certificates: onlyContainsUserCerts leaves out CAs.",
    47: "Have the CAs made with name constraints that permit the mesh's names.",
    48: "Have the CAs made with name constraints that do not exclude the mesh's names.",
    51: "Have the CAs made with name constraints of DNS names, URIs, e-mail addresses or directory names only.",
    52: "Write URI constraints as host names, such as cluster.local, without a scheme, a wildcard or an IP address.",
    53: "Write the names in the constraints' syntax (RFC 5280, 4.2.1.10).",
};

/** The file that BoringSSL's refusal is about, what it found, and the remedy. */
export function describeEnvoyRefusal(
    ca: SigningCa,
    { step, code, reason, certificate }: EnvoyRefusal,
): Pick<Finding, "file" | "found" | "remedy"> {
    switch (step) {
        case "roots":
        case "chain": {
            const file = step === "roots" ? ca.rootCert : ca.certChain;
            return {
                file: file.name,
                found: `BoringSSL cannot read a certificate in it${reason && ` (${reason})`}`,
                remedy: "Have that certificate made again in strict DER: times with seconds and in UTC.",
            };
        }
        case "crls":
            return {
                file: ca.crl.name,
                found: `BoringSSL cannot read a CRL in it${reason && ` (${reason})`}`,
                remedy: "Publish the CRL again, as version 2.",
            };
        case "verify": {
            if (code === 3 && pemBlocks(ca.crl.text).some(({ type }) => type !== crlLabel)) {
                return {
                    file: ca.crl.name,
                    found: "a block in it has another label than X509 CRL, by which alone Envoy takes it for a CRL",
                    remedy: "Label it X509 CRL: `openssl crl -in FILE` writes it so.",
                };
            }
            const about = certificate && nameOf(certificate);
            return {
                file: crlCodes.includes(code) ? ca.crl.name : fileOf(ca, certificate),
                found: `${reason}${about === undefined ? "" : `, at ${about}`}`,
                remedy:
                    remedies[code] ??
                    "Have the CA made again with the extensions that Istio's tools/certs gives it.",
            };
        }
    }
}

const crlCodes = [3, 8, 11, 12, 23, 36, 44];

/** The file that holds a certificate; of several, the one that comes first when people look for it. */
function fileOf({ caCert, certChain, rootCert }: SigningCa, der: Buffer | undefined): string {
    const holder = [caCert, rootCert, certChain].find(({ text }) =>
        pemBlocks(text).some((block) => der?.equals(block.der)),
    );
    return (holder ?? caCert).name;
}

/** A certificate's name for a sentence; a workload's certificate has no subject. */
function nameOf(der: Buffer): string {
    try {
        const { subject, name } = new CaCertificate(der);
        return subject === "" ? "a workload's certificate" : name;
    } catch {
        return "a certificate that other libraries cannot read";
    }
}
