import { createHash } from "node:crypto";
import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Attribute, Extensions } from "@peculiar/asn1-x509";
import { alternativeNames, alternativeNamesExtension } from "./alternativeNames";
import { extensionRequestOid, publicKeyInfo } from "./encoding";
import { explain } from "./explain";
import { algorithmOf, parsePrivateKey, publicKeyOf, signatureAlgorithm, signWith } from "./keys";
import { toPem } from "./pem";
import type { ResourceType } from "./resourceType";
import { subjectName } from "./subject";

/** `tls.CertRequest`. */
export const certRequest: ResourceType = {
    properties: {
        dnsNames: { input: true, type: "list" },
        ipAddresses: { input: true, type: "list" },
        privateKeyPem: { input: true, secret: true },
        subject: { input: true, type: "subject" },
        uris: { input: true, type: "list" },
        certRequestPem: {},
        id: {},
        keyAlgorithm: {},
    },
    async create(planned) {
        const key = explain("Failed to parse private key PEM", () =>
            parsePrivateKey(planned["privateKeyPem"] as string),
        );
        const asked = alternativeNamesExtension(alternativeNames(planned), false);
        const values = [AsnConvert.serialize(new Extensions(asked))];
        const info = new CertificationRequestInfo({
            subject: subjectName(planned["subject"]),
            subjectPKInfo: publicKeyInfo(publicKeyOf(key)),
            attributes: new Attributes(
                asked.length > 0 ? [new Attribute({ type: extensionRequestOid, values })] : [],
            ),
        });
        const request = new CertificationRequest({
            certificationRequestInfo: info,
            signatureAlgorithm: signatureAlgorithm(key),
            signature: await signWith(key, AsnConvert.serialize(info)),
        });
        const der = Buffer.from(AsnConvert.serialize(request));
        return {
            id: createHash("sha1").update(der).digest("hex"),
            certRequestPem: toPem("CERTIFICATE REQUEST", der),
            keyAlgorithm: algorithmOf(key),
        };
    },
};
