import { isIP } from "node:net";
import { AsnConvert } from "@peculiar/asn1-schema";
import { Extension, GeneralName, id_ce_subjectAltName, SubjectAlternativeName } from "@peculiar/asn1-x509";
import type { PropertyMap, PropertyValue } from "../provider";
import { extension } from "./encoding";

/**
 * The names of the properties `dnsNames`, `ipAddresses` and `uris`, in Go's order.
 *
 * @throws Error for an invalid address or URI, in the official provider's words.
 */
export function alternativeNames(properties: PropertyMap): GeneralName[] {
    return [
        ...strings(properties["dnsNames"]).map((dNSName) => new GeneralName({ dNSName })),
        ...strings(properties["ipAddresses"]).map(
            (address) => new GeneralName({ iPAddress: checkedIp(address) }),
        ),
        ...strings(properties["uris"]).map(
            (uri) => new GeneralName({ uniformResourceIdentifier: checkedUri(uri) }),
        ),
    ];
}

/** The names of a request that the provider copies into a certificate: DNS, IP and URI. */
export function copiedNames(extensions: Extension[]): GeneralName[] {
    const found = extensions.find(({ extnID }) => extnID === id_ce_subjectAltName);
    const names = found ? [...AsnConvert.parse(found.extnValue, SubjectAlternativeName)] : [];
    return [
        ...names.filter((name) => name.dNSName !== undefined),
        ...names.filter((name) => name.iPAddress !== undefined),
        ...names.filter((name) => name.uniformResourceIdentifier !== undefined),
    ];
}

/** The extension for these names; none for no names. */
export function alternativeNamesExtension(names: GeneralName[], critical: boolean): Extension[] {
    return names.length === 0
        ? []
        : [extension(id_ce_subjectAltName, critical, new SubjectAlternativeName(names))];
}

function strings(list: PropertyValue | undefined): string[] {
    return Array.isArray(list) ? list.map(String) : [];
}

function checkedIp(address: string): string {
    if (!isIP(address)) {
        throw new Error(`Invalid IP address: Failed to parse ${JSON.stringify(address)}`);
    }
    return address;
}

function checkedUri(uri: string): string {
    if (!URL.canParse(uri)) {
        throw new Error(`Invalid URI: Failed to parse ${JSON.stringify(uri)}`);
    }
    return uri;
}
