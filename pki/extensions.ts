import { boolean, content, elements, natural, objectIdentifier, sequence, tags } from "./der";
import { NamesConstrained, namesConstrained } from "./nameConstraints";

/** Critical extensions that Go's crypto/x509, and so istiod, understands; it rejects any other. */
const understood = [
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.36",
    "2.5.29.37",
    "2.5.29.54",
];

/** The kinds of names in a SAN that a mesh has, by their tags (RFC 5280, 4.2.1.6). */
const nameTypes: Record<number, string> = { 0x81: "email", 0x82: "dns", 0x86: "url" };

/** What the extensions of a certificate or a CRL say (RFC 5280, 4.2.1 and 5.2). */
export interface Extensions {
    /** Undefined if the extension is missing. */
    readonly basicConstraints: { ca: boolean; pathLength: number | undefined } | undefined;
    /** The bits of `keyUsages`; undefined: any. */
    readonly keyUsages: number | undefined;
    /** Undefined: any. */
    readonly extendedKeyUsages: string[] | undefined;
    /** SANs of the types email, dns and url. */
    readonly names: readonly { type: string; value: string }[];
    /** The identifiers of its own key and its issuer's, hex; undefined if it names none. */
    readonly subjectKeyId: string | undefined;
    readonly authorityKeyId: string | undefined;
    /** Critical extensions that istiod does not know. */
    readonly unknownCritical: string[];
    /** What it constrains the names below it to. */
    readonly constraints: NamesConstrained;
}

/**
 * Reads the extensions of a certificate or a CRL, in strict DER as Go does. A library would read more than is asked for here, and takes longer to
 * load than everything else that a preview reads; `tests/unit/pki/extensions.test.ts` compares with one.
 *
 * @param tagged - the field that holds them, with its tag; undefined: none
 * @throws Error if one of them is not what its identifier says.
 */
export function extensionsOf(tagged: Buffer | undefined): Extensions {
    const all = extensionList(tagged);
    const value = (id: string) => all.find((each) => each.id === id)?.value;
    const read = <T>(id: string, parse: (der: Buffer) => T): T | undefined => {
        const der = value(id);
        return der && parse(der);
    };
    return {
        basicConstraints: read("2.5.29.19", basicConstraints),
        keyUsages: read("2.5.29.15", usageBits),
        extendedKeyUsages: read("2.5.29.37", (der) => sequence(der).map(objectIdentifier)),
        names: read("2.5.29.17", names) ?? [],
        subjectKeyId: read("2.5.29.14", (der) => content(der, tags.octetString).toString("hex")),
        authorityKeyId: read("2.5.29.35", authorityKeyId),
        unknownCritical: all
            .filter(({ critical, id }) => critical && !understood.includes(id))
            .map(({ id }) => id),
        constraints: namesConstrained(value("2.5.29.30")),
    };
}

function extensionList(tagged: Buffer | undefined): { id: string; critical: boolean; value: Buffer }[] {
    return (tagged ? sequence(elements(tagged)[0]!) : []).map((extension) => {
        const [id, ...rest] = sequence(extension);
        const [flag] = rest.length > 1 ? rest : [];
        return {
            id: objectIdentifier(id!),
            critical: flag !== undefined && boolean(flag),
            value: content(rest.at(-1)!, tags.octetString),
        };
    });
}

function basicConstraints(der: Buffer): Extensions["basicConstraints"] {
    const parts = sequence(der);
    const ca = parts[0]?.[0] === tags.boolean && boolean(parts.shift()!);
    const [length, ...more] = parts;
    if (more.length > 0) {
        throw new Error("not basic constraints");
    }
    return { ca, pathLength: length && natural(length) };
}

/** The first bit is the lowest. */
function usageBits(der: Buffer): number {
    const [unused = 8, ...bytes] = content(der, tags.bitString);
    const padding = (1 << unused) - 1;
    if (unused > 7 || ((bytes.at(-1) ?? padding) & padding) !== 0) {
        throw new Error("not a bit string");
    }
    const positions = bytes.flatMap((byte, index) =>
        [...Array(8).keys()].filter((bit) => byte & (0x80 >> bit)).map((bit) => 8 * index + bit),
    );
    return positions.reduce((bits, position) => bits | (1 << position), 0);
}

function names(der: Buffer): Extensions["names"] {
    return sequence(der).flatMap((name) => {
        const type = nameTypes[name[0]!];
        return type === undefined ? [] : [{ type, value: content(name, name[0]!).toString("latin1") }];
    });
}

function authorityKeyId(der: Buffer): string | undefined {
    const keyId = sequence(der).find(([tag]) => tag === keyIdentifier);
    return keyId && content(keyId, keyIdentifier).toString("hex");
}

/** The tag of an issuer's key identifier (RFC 5280, 4.2.1.1). */
const keyIdentifier = 0x80;
