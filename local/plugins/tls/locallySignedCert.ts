import { CertificationRequest } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { BasicConstraints, Certificate, Extensions, id_ce_basicConstraints } from "@peculiar/asn1-x509";
import { copiedNames } from "./alternativeNames";
import { CertificateTemplate, certificateProperties, signCertificate } from "./certificate";
import { extensionRequestOid, publicKeyFrom } from "./encoding";
import { explain } from "./explain";
import { algorithmOf, parsePrivateKey } from "./keys";
import { expectPem } from "./pem";
import type { ResourceType } from "./resourceType";
import { normalizedName } from "./subject";

/** `tls.LocallySignedCert`. */
export const locallySignedCert: ResourceType = {
    properties: {
        ...certificateProperties,
        caCertPem: { input: true },
        caKeyAlgorithm: {},
        caPrivateKeyPem: { input: true, secret: true },
        certRequestPem: { input: true },
    },
    async create(planned, warn) {
        const template = explain("Failed to parse certificate request PEM", () =>
            requestTemplate(planned["certRequestPem"] as string),
        );
        const key = explain("Failed to parse CA private key PEM", () =>
            parsePrivateKey(planned["caPrivateKeyPem"] as string),
        );
        const certificate = explain("Failed to parse CA certificate PEM", () =>
            AsnConvert.parse(expectPem(planned["caCertPem"] as string, "CERTIFICATE"), Certificate),
        );
        if (!isCa(certificate)) {
            await warn(
                "Potentially Invalid Certificate Authority: Certificate provided as Authority does not appear to be a " +
                    "valid Certificate Authority. The resulting certificate might fail certificate validation.",
            );
        }
        return {
            ...(await signCertificate(template, { key, certificate }, planned)),
            caKeyAlgorithm: algorithmOf(key),
        };
    },
};

/** What the provider takes from a request: subject, public key, and DNS, IP and URI names; nothing else. */
function requestTemplate(pem: string): CertificateTemplate {
    const request = AsnConvert.parse(expectPem(pem, "CERTIFICATE REQUEST"), CertificationRequest);
    const { subject, subjectPKInfo, attributes } = request.certificationRequestInfo;
    const asked = [...(attributes ?? [])].find(({ type }) => type === extensionRequestOid)?.values[0];
    return {
        subject: normalizedName(subject),
        alternativeNames: asked ? copiedNames([...AsnConvert.parse(asked, Extensions)]) : [],
        publicKey: publicKeyFrom(subjectPKInfo),
    };
}

function isCa(certificate: Certificate): boolean {
    const found = certificate.tbsCertificate.extensions?.find(
        ({ extnID }) => extnID === id_ce_basicConstraints,
    );
    return found ? AsnConvert.parse(found.extnValue, BasicConstraints).cA : false;
}
