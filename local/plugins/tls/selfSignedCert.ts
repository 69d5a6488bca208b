import { alternativeNames } from "./alternativeNames";
import { certificateProperties, signCertificate } from "./certificate";
import { explain } from "./explain";
import { algorithmOf, parsePrivateKey, publicKeyOf } from "./keys";
import type { ResourceType } from "./resourceType";
import { subjectName } from "./subject";

/** `tls.SelfSignedCert`. */
export const selfSignedCert: ResourceType = {
    properties: {
        ...certificateProperties,
        dnsNames: { input: true, type: "list" },
        ipAddresses: { input: true, type: "list" },
        keyAlgorithm: {},
        privateKeyPem: { input: true, secret: true },
        setAuthorityKeyId: { input: true, default: false },
        subject: { input: true, type: "subject" },
        uris: { input: true, type: "list" },
    },
    async create(planned) {
        const key = explain("Failed to parse private key PEM", () =>
            parsePrivateKey(planned["privateKeyPem"] as string),
        );
        const template = {
            subject: subjectName(planned["subject"]),
            alternativeNames: alternativeNames(planned),
            publicKey: publicKeyOf(key),
        };
        return { ...(await signCertificate(template, { key }, planned)), keyAlgorithm: algorithmOf(key) };
    },
};
