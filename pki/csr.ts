import { KeyObject } from "node:crypto";
import { Attributes, CertificationRequest, CertificationRequestInfo } from "@peculiar/asn1-csr";
import { AsnConvert } from "@peculiar/asn1-schema";
import { AttributeTypeAndValue, AttributeValue, Name, RelativeDistinguishedName } from "@peculiar/asn1-x509";
import { encodePem, firstBlock, pemBlocks } from "./pem";
import { attributeFaults, istiodSanRequest } from "./requestExtensions";
import { canonicalKey, canonicalSignature, keyFaults, publicKeyOf, signatureFaults } from "./requestKey";
import { shown, subjectFaults } from "./subject";

/** RFC 7468, 7; the other one is of older tools, such as certreq and keytool. */
const requestLabel = "CERTIFICATE REQUEST";
const requestLabels = [requestLabel, `NEW ${requestLabel}`];

/**
 * A cluster's certificate request that was judged as a whole and may be signed. Whoever signs copies subject, SANs and key from
 * the request, and reads it in a way of its own: so what is signed is {@link pem}, which was encoded again, and never the text that
 * came.
 */
export class CertificateRequest {
    /** Encoded again, from the parts that were judged and from nothing else: every byte is accounted for. */
    readonly der: Buffer;
    /** The key that it is for. */
    readonly publicKey: KeyObject;

    private constructor(request: CertificationRequest) {
        this.der = derOf(encodedAgain(request));
        this.publicKey = publicKeyOf(request.certificationRequestInfo.subjectPKInfo);
    }

    /**
     * The request in a text, which must hold it alone.
     *
     * @param cluster - who asks: the request must name it and nothing else
     * @throws RefusedRequest saying all that is wrong with it.
     */
    static judge(text: string, cluster: string): CertificateRequest {
        const faults = csrFaults(text, cluster);
        if (faults.length > 0) {
            throw new RefusedRequest(cluster, faults);
        }
        return new CertificateRequest(parse(firstBlock(text)!.der));
    }

    /** As Go's encoding/pem writes it, and so the tls provider. */
    get pem(): string {
        return encodePem(requestLabel, this.der);
    }
}

/** What a signer says about a refused request: one sentence a fault with the field, what was found and what is allowed. */
export class RefusedRequest extends Error {
    constructor(
        cluster: string,
        readonly faults: string[],
    ) {
        const heading = `The certificate request of cluster ${cluster} was refused, nothing was signed:`;
        const remedy = `Find out who altered it, and have cluster ${cluster} make its request again.`;
        super([heading, ...faults, remedy].join("\n  "));
    }
}

/** Why a cluster's request is refused; empty if it may be signed. */
export function csrFaults(text: string, cluster: string): string[] {
    const faults = textFaults(text);
    return faults.length > 0 ? faults : derFaults(firstBlock(text)!.der, cluster);
}

/**
 * The request without what is printed before and after it: a text that holds one block, by any reader's rules; otherwise the
 * text as it is, which is then refused.
 */
export function withoutComments(text: string): string {
    const [block, ...others] = pemBlocks(text);
    const alone = block && others.length === 0 && !outside(text, block).includes("---");
    return alone ? text.slice(block.start, block.end) : text;
}

const malformed = "it is not a well-formed PEM certificate request (RFC 2986)";
const notCanonical =
    "encoding: it is not the DER of these fields alone. It holds further bytes, or a length, a flag or the key in another form";

/** Nothing but one block, which then every reader finds. */
function textFaults(text: string): string[] {
    const [block, ...others] = pemBlocks(text);
    if (!block) {
        return [malformed];
    }
    if (others.length > 0) {
        return [`text: ${others.length + 1} PEM blocks, one is allowed`];
    }
    return [
        ...(/[^ \t\r\n]/.test(outside(text, block))
            ? ["text: more than the PEM block, only white space is allowed around it"]
            : []),
        ...(block.headers ? ["PEM headers: found, none are allowed"] : []),
        ...(requestLabels.includes(block.type)
            ? []
            : [`PEM label: found ${shown(block.type)}, only ${requestLabel} is allowed`]),
    ];
}

function outside(text: string, { start, end }: { start: number; end: number }): string {
    return `${text.slice(0, start)}\n${text.slice(end)}`;
}

function derFaults(der: Buffer, cluster: string): string[] {
    try {
        const request = parse(der);
        const faults = requestFaults(request, cluster);
        return faults.length > 0 || derOf(encodedAgain(request)).equals(der) ? faults : [notCanonical];
    } catch {
        // The parser accepts more than DER, and throws on the rest.
        return [malformed];
    }
}

/** @throws Error if it is not a request. */
function parse(der: Buffer): CertificationRequest {
    return AsnConvert.parse(der, CertificationRequest);
}

function derOf(request: CertificationRequest): Buffer {
    return Buffer.from(AsnConvert.serialize(request));
}

function requestFaults(request: CertificationRequest, cluster: string): string[] {
    const { certificationRequestInfo: info, certificationRequestInfoRaw: signed } = request;
    const key = publicKeyOf(info.subjectPKInfo);
    return [
        ...(info.version === 0 ? [] : [`version: found ${info.version}, only 0 is allowed`]),
        ...subjectFaults(info.subject, cluster),
        ...attributeFaults([...info.attributes]),
        ...keyFaults(key),
        ...signatureFaults(key, request.signatureAlgorithm.algorithm, signed!, request.signature),
    ];
}

/** The request from the parts that were judged, and from nothing else of it. */
function encodedAgain({
    certificationRequestInfo: { subject, subjectPKInfo },
    signatureAlgorithm: { algorithm },
    signature,
}: CertificationRequest): CertificationRequest {
    return new CertificationRequest({
        certificationRequestInfo: new CertificationRequestInfo({
            version: 0,
            subject: new Name(subject.map(([each]) => new RelativeDistinguishedName([textOf(each!)]))),
            subjectPKInfo: canonicalKey(publicKeyOf(subjectPKInfo)),
            attributes: new Attributes([istiodSanRequest()]),
        }),
        signatureAlgorithm: canonicalSignature(algorithm),
        signature,
    });
}

function textOf({ type, value: { printableString, utf8String } }: AttributeTypeAndValue) {
    const value =
        printableString === undefined
            ? new AttributeValue({ utf8String: utf8String! })
            : new AttributeValue({ printableString });
    return new AttributeTypeAndValue({ type, value });
}
