import { createPublicKey, generateKeyPairSync, KeyObject, sign } from "node:crypto";
import { encodePem } from "../pki/pem";
import { bits, indefinite, integer, longTlv, nothing, octets, oid, sequence, set, text, tlv } from "./der";

/** A text that somebody gives out as cluster1's request, and whether it may be signed. */
export interface RequestText {
    text: string;
    allowed: boolean;
}

interface Pair {
    publicKey: KeyObject;
    privateKey: KeyObject;
}

/** The parts of a request; those that are left out are a good one's. */
interface Parts {
    keys?: Pair;
    version?: Buffer;
    subject?: Buffer;
    /** The key's bytes, SPKI. */
    spki?: Buffer;
    attributes?: Buffer[];
    /** Whether there is no field for attributes. */
    bare?: boolean;
    /** Undefined: of the key. */
    algorithm?: Buffer;
    hash?: string;
    /** Behind the three parts. */
    more?: Buffer[];
    /** How the whole is enclosed. */
    enclose?: (...content: Uint8Array[]) => Buffer;
}

const names = { O: "2.5.4.10", CN: "2.5.4.3", L: "2.5.4.7", OU: "2.5.4.11" };
const algorithms = {
    rsa: { sha1: 5, sha256: 11, sha384: 12, sha512: 13 },
    ec: { sha256: 2, sha384: 3, sha512: 4 },
} as const;

const attribute = (type: keyof typeof names, value: Buffer) => sequence(oid(names[type]), value);
const rdn = (type: keyof typeof names, value: string, form: Parameters<typeof text>[0] = "utf8") =>
    set(attribute(type, text(form, value)));
const organization = rdn("O", "Istio");
const commonName = rdn("CN", "Intermediate CA");
const locality = rdn("L", "cluster1");

const dns = (name: string) => tlv(0x82, Buffer.from(name));
const uri = (name: string) => tlv(0x86, Buffer.from(name));
const email = (name: string) => tlv(0x81, Buffer.from(name));
const ip = (...address: number[]) => tlv(0x87, Buffer.from(address));
const istiod = dns("istiod.istio-system.svc");
const extension = (type: string, ...rest: Buffer[]) => sequence(oid(type), ...rest);
const san = (...content: Buffer[]) => extension("2.5.29.17", octets(sequence(...content)));
const request = (type: string, ...extensions: Buffer[]) => sequence(oid(type), set(sequence(...extensions)));
const extensionRequest = "1.2.840.113549.1.9.14";
const asked = (...extensions: Buffer[]) => request(extensionRequest, ...extensions);
const yes = (value: number) => tlv(0x01, Buffer.from([value]));
const spki = ({ publicKey }: Pair) => publicKey.export({ type: "spki", format: "der" });

/** A request for cluster1, DER, signed by its own key: whatever is in it, its signature verifies. */
function made(parts: Parts, keys: Pair): Buffer {
    const pair = parts.keys ?? keys;
    const {
        version = integer(0),
        subject = sequence(organization, commonName, locality),
        attributes = [asked(san(istiod))],
        hash = "sha256",
        more = [],
        enclose = sequence,
    } = parts;
    const asks = parts.bare ? [] : [tlv(0xa0, ...attributes)];
    const info = sequence(version, subject, parts.spki ?? spki(pair), ...asks);
    const { algorithm = algorithmOf(pair, hash) } = parts;
    const ed = pair.publicKey.asymmetricKeyType === "ed25519";
    return enclose(info, algorithm, bits(sign(ed ? undefined : hash, info, pair.privateKey)), ...more);
}

function algorithmOf({ publicKey }: Pair, hash: string): Buffer {
    switch (publicKey.asymmetricKeyType) {
        case "rsa":
            return sequence(oid(`1.2.840.113549.1.1.${algorithms.rsa[hash as "sha256"]}`), nothing);
        case "ec":
            return sequence(oid(`1.2.840.10045.4.3.${algorithms.ec[hash as "sha256"]}`));
        case "ed25519":
            return sequence(oid("1.3.101.112"));
        default: {
            const sha256 = sequence(oid("2.16.840.1.101.3.4.2.1"), nothing);
            const mgf = sequence(oid("1.2.840.113549.1.1.8"), sha256);
            const pss = sequence(tlv(0xa0, sha256), tlv(0xa1, mgf), tlv(0xa2, integer(32)));
            return sequence(oid("1.2.840.113549.1.1.10"), pss);
        }
    }
}

/**
 * Texts that hold more or something else than a good request, or hold it in a way in which readers differ, by name; and good ones
 * of other tools. Each of the bad ones has a valid signature, so that this alone refuses none.
 */
export function smuggledRequests(): Record<string, RequestText> {
    return (requests ??= makeRequests());
}

/** Made once in a process, because RSA keys take long. */
let requests: Record<string, RequestText> | undefined;

function makeRequests(): Record<string, RequestText> {
    const ec = (namedCurve: string): Pair => generateKeyPairSync("ec", { namedCurve });
    const rsaKeys = new Map<string, Pair>();
    const rsa = (modulusLength: number, publicExponent = 0x10001): Pair => {
        const size = `${modulusLength} ${publicExponent}`;
        const pair = rsaKeys.get(size) ?? generateKeyPairSync("rsa", { modulusLength, publicExponent });
        rsaKeys.set(size, pair);
        return pair;
    };
    const keys = ec("P-256");
    const evil: Parts = {
        keys: rsa(1024),
        subject: sequence(organization, commonName, rdn("L", "cluster2")),
        attributes: [asked(san(dns("*.example.com"), uri("spiffe://cluster.local/ns/any/sa/any")))],
    };
    const der = (parts: Parts = {}) => made(parts, keys);
    const pem = (parts: Parts = {}) => encodePem("CERTIFICATE REQUEST", der(parts));
    const [good, bad] = [pem(), pem(evil)];
    const [goodDer, point] = [der(), spki(keys)];
    const lines = good.split("\n");
    const body = lines.slice(1, -2);
    const label = (name: string) => good.replaceAll("CERTIFICATE REQUEST", name);
    const inBlock = (...extra: string[]) => [lines[0], ...extra, ...body, ...lines.slice(-2)].join("\n");

    const allowed: Record<string, string> = {
        good,
        PrintableStrings: pem({
            subject: sequence(
                rdn("O", "Istio", "printable"),
                rdn("CN", "Intermediate CA", "printable"),
                rdn("L", "cluster1", "printable"),
            ),
        }),
        "another order": pem({ subject: sequence(locality, organization, commonName) }),
        "RSA 2048": pem({ keys: rsa(2048) }),
        "RSA 3072, SHA-384": pem({ keys: rsa(3072), hash: "sha384" }),
        "RSA 2048, SHA-512": pem({ keys: rsa(2048), hash: "sha512" }),
        "P-384": pem({ keys: ec("P-384"), hash: "sha384" }),
        "P-384, SHA-256": pem({ keys: ec("P-384") }),
        "P-256, SHA-512": pem({ hash: "sha512" }),
        "label of keytool": label("NEW CERTIFICATE REQUEST"),
        "Windows line ends": good.replaceAll("\n", "\r\n"),
        "no newline at the end": good.trimEnd(),
        "white space around": `\n\r\n\t\n${good}\n \t\r\n`,
        "spaces after the dashes": good.replaceAll("-----\n", "----- \t\n"),
        "spaces in the base64": good.replace(body[0]!, body[0]!.replace(/(.{8})/g, "$1 ")),
        "lines of 16": [lines[0], ...body.join("").match(/.{1,16}/g)!, ...lines.slice(-2)].join("\n"),
        "one line": [lines[0], body.join(""), ...lines.slice(-2)].join("\n"),
        "blank lines in it": [lines[0], "", ...body, "", ...lines.slice(-2)].join("\n"),
    };

    const refused: Record<string, string> = {
        // Another reader finds another block.
        "a space before BEGIN, then another": ` ${good}${bad}`,
        "a tab before BEGIN, then another": `\t${good}${bad}`,
        "a letter before BEGIN, then another": `x${good}${bad}`,
        "a no-break space before BEGIN, then another": `\u00a0${good}${bad}`,
        "a byte order mark, then another": `\ufeff${good}${bad}`,
        "a carriage return alone before BEGIN, then another": `x\r${good}${bad}`,
        "a vertical tab before BEGIN, then another": `\v${good}${bad}`,
        "a NUL before BEGIN, then another": `\0${good}${bad}`,
        "a zero-width space before BEGIN, then another": `\u200b${good}${bad}`,
        "a space before BEGIN": ` ${good}`,
        "a byte order mark": `\ufeff${good}`,
        "letters after the dashes of BEGIN, then another": good.replace("-----\n", "-----x\n") + bad,
        "letters after the dashes of END, then another": good.trimEnd() + "x\n" + bad,
        "a form feed after the dashes, then another": good.replace("-----\n", "-----\f\n") + bad,
        "another before it": bad + good,
        "another after it": good + bad,
        "another after it, glued": good.trimEnd() + bad,
        "the same twice": good + good,
        "a certificate next to it": good + encodePem("CERTIFICATE", goodDer),
        "a key next to it": encodePem("EC PARAMETERS", oid("1.2.840.10045.3.1.7")) + good,
        "an empty block before it": `-----BEGIN CERTIFICATE REQUEST-----\n-----END CERTIFICATE REQUEST-----\n${good}`,
        "another begun and not ended": `${lines[0]}\n${bad.split("\n")[1]}\n${good}`,
        "another begun in it": inBlock(lines[0]!),
        "another in a comment": `# ${bad.replaceAll("\n", "\n# ")}\n${good}`,
        "another, indented": `${bad.replaceAll(/^/gm, "  ")}\n${good}`,
        "another of four dashes": bad.replaceAll("-----", "----") + good,
        "another in lower case":
            bad.replaceAll(/BEGIN|END|CERTIFICATE REQUEST/g, (word) => word.toLowerCase()) + good,
        "another of keytool's label": good + bad.replaceAll("CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"),
        "another behind a mismatched END": good.replace("END CERTIFICATE", "END NEW CERTIFICATE") + bad,
        "a comment before it": `# cluster1\n${good}`,
        "a comment after it": `${good}# cluster1\n`,
        "the text of openssl before it": `Certificate Request:\n    Data:\n        Version: 1 (0x0)\n${good}`,
        "headers in it": inBlock("Proc-Type: 4,ENCRYPTED", "DEK-Info: AES-256-CBC,00", ""),
        "a header in it": inBlock("X: y", ""),
        "damaged base64, then another": good.replace(body[1]!, `${body[1]}!`) + bad,
        "damaged base64": good.replace(body[1]!, `${body[1]}!`),
        "base64 without its padding": good.replace(/=+\n/, "\n").replace(body[0]!, body[0]!.slice(1)),
        base64url: [lines[0], goodDer.toString("base64url"), ...lines.slice(-2)].join("\n"),
        "bytes after the padding": good.replace(/\n-----END/, "AAAA====\n-----END"),
        "a label with a space more": label("CERTIFICATE  REQUEST"),
        "a label in lower case": label("certificate request"),
        "a certificate's label": label("CERTIFICATE"),
        "no label": label(""),
        "bare base64": body.join("\n"),
        DER: goodDer.toString("latin1"),
        empty: "",
        "white space alone": "\n \n",
        "no END": lines.slice(0, -2).join("\n"),
        "UTF-16": [...good].join("\0"),
        "literal newlines": good.replaceAll("\n", "\\n"),
        "a million spaces, then another": `${" ".repeat(1_000_000)}${good}${bad}`,
        "a million dashes": "-".repeat(1_000_000) + good,
        "100,000 BEGINs": `${lines[0]}\n`.repeat(100_000) + good,
        "10,000 blocks": good.repeat(10_000),
        "huge base64": encodePem("CERTIFICATE REQUEST", Buffer.alloc(3_000_000, 0x30)),

        // Another subject.
        "another cluster": pem({ subject: sequence(organization, commonName, rdn("L", "cluster2")) }),
        "all another's": bad,
        "two localities": pem({
            subject: sequence(organization, commonName, locality, rdn("L", "cluster2")),
        }),
        "two localities, the other first": pem({
            subject: sequence(organization, commonName, rdn("L", "cluster2"), locality),
        }),
        "the locality twice": pem({ subject: sequence(organization, commonName, locality, locality) }),
        "two localities in one name": pem({
            subject: sequence(
                organization,
                commonName,
                set(attribute("L", text("utf8", "cluster1")), attribute("L", text("utf8", "cluster2"))),
            ),
        }),
        "two attributes in one name": pem({
            subject: sequence(
                organization,
                set(
                    attribute("L", text("utf8", "cluster1")),
                    attribute("CN", text("utf8", "Intermediate CA")),
                ),
            ),
        }),
        "all attributes in one name": pem({
            subject: sequence(
                set(
                    attribute("CN", text("utf8", "Intermediate CA")),
                    attribute("L", text("utf8", "cluster1")),
                    attribute("O", text("utf8", "Istio")),
                ),
            ),
        }),
        "an empty name in it": pem({ subject: sequence(organization, commonName, set(), locality) }),
        "an empty subject": pem({ subject: sequence() }),
        "one attribute more": pem({ subject: sequence(organization, commonName, locality, rdn("OU", "x")) }),
        "an unknown attribute": pem({
            subject: sequence(
                organization,
                commonName,
                locality,
                set(sequence(oid("1.2.3.4"), text("utf8", "x"))),
            ),
        }),
        "no organization": pem({ subject: sequence(commonName, locality) }),
        "an attribute without its text": pem({
            subject: sequence(organization, commonName, set(sequence(oid(names.L)))),
        }),
        "an attribute with two texts": pem({
            subject: sequence(
                organization,
                commonName,
                set(sequence(oid(names.L), text("utf8", "cluster1"), text("utf8", "cluster2"))),
            ),
        }),
        "an attribute that is a number": pem({
            subject: sequence(organization, commonName, set(sequence(oid(names.L), integer(1)))),
        }),
        "a NUL in it": pem({
            subject: sequence(organization, commonName, rdn("L", "cluster1\0.example.com")),
        }),
        "a NUL at its end": pem({ subject: sequence(organization, commonName, rdn("L", "cluster1\0")) }),
        "a zero-width space in it": pem({
            subject: sequence(organization, commonName, rdn("L", "cluster\u200b1")),
        }),
        "a space at its end": pem({ subject: sequence(organization, commonName, rdn("L", "cluster1 ")) }),
        "upper case": pem({ subject: sequence(organization, commonName, rdn("L", "CLUSTER1")) }),
        "a look-alike letter": pem({
            subject: sequence(organization, commonName, rdn("L", "\u0441luster1")),
        }),
        ...Object.fromEntries(
            (["bmp", "teletex", "universal", "ia5"] as const).map((form) => [
                `a string of type ${form}`,
                pem({ subject: sequence(organization, commonName, rdn("L", "cluster1", form)) }),
            ]),
        ),

        // Other names and extensions.
        "no field for attributes": pem({ bare: true }),
        "another SAN": pem({ attributes: [asked(san(dns("example.com")))] }),
        "one more DNS name": pem({ attributes: [asked(san(istiod, dns("*.example.com")))] }),
        "the DNS name twice": pem({ attributes: [asked(san(istiod, istiod))] }),
        "a URI beside": pem({ attributes: [asked(san(istiod, uri("spiffe://cluster.local/ns/a/sa/a")))] }),
        "an address beside": pem({ attributes: [asked(san(istiod, ip(127, 0, 0, 1)))] }),
        "an e-mail address beside": pem({ attributes: [asked(san(istiod, email("a@example.com")))] }),
        "a directory name beside": pem({
            attributes: [asked(san(istiod, tlv(0xa4, sequence(rdn("L", "cluster2")))))],
        }),
        "another name beside": pem({
            attributes: [
                asked(san(istiod, tlv(0xa0, oid("1.3.6.1.4.1.311.20.2.3"), tlv(0xa0, text("utf8", "a@b"))))),
            ],
        }),
        "a registered identifier beside": pem({
            attributes: [asked(san(istiod, tlv(0x88, Buffer.from([42]))))],
        }),
        "a NUL in the DNS name": pem({
            attributes: [asked(san(dns("istiod.istio-system.svc\0.example.com")))],
        }),
        "the DNS name in upper case": pem({ attributes: [asked(san(dns("ISTIOD.istio-system.svc")))] }),
        "the DNS name with a dot": pem({ attributes: [asked(san(dns("istiod.istio-system.svc.")))] }),
        "an empty SAN": pem({ attributes: [asked(san())] }),
        "a second and empty SAN": pem({ attributes: [asked(san(istiod), san())] }),
        "an empty SAN first": pem({ attributes: [asked(san(), san(istiod))] }),
        "a second SAN": pem({ attributes: [asked(san(istiod), san(dns("*.example.com")))] }),
        "the SAN twice": pem({ attributes: [asked(san(istiod), san(istiod))] }),
        "a critical SAN": pem({
            attributes: [asked(extension("2.5.29.17", yes(0xff), octets(sequence(istiod))))],
        }),
        "a SAN that is not critical, said so": pem({
            attributes: [asked(extension("2.5.29.17", yes(0), octets(sequence(istiod))))],
        }),
        "BER's true": pem({ attributes: [asked(extension("2.5.29.17", yes(1), octets(sequence(istiod))))] }),
        "bytes after the SAN": pem({
            attributes: [asked(extension("2.5.29.17", octets(sequence(istiod), nothing)))],
        }),
        "a part more in the extension": pem({
            attributes: [asked(extension("2.5.29.17", octets(sequence(istiod)), nothing))],
        }),
        "basic constraints": pem({
            attributes: [asked(san(istiod), extension("2.5.29.19", octets(sequence(yes(0xff)))))],
        }),
        "a key usage": pem({
            attributes: [asked(san(istiod), extension("2.5.29.15", octets(tlv(0x03, Buffer.from([1, 6])))))],
        }),
        "an unknown extension": pem({
            attributes: [asked(san(istiod), extension("1.2.3.4", octets(nothing)))],
        }),
        "no extension": pem({ attributes: [asked()] }),
        "no attribute": pem({ attributes: [] }),
        "a challenge password": pem({
            attributes: [
                asked(san(istiod)),
                sequence(oid("1.2.840.113549.1.9.7"), set(text("utf8", "password"))),
            ],
        }),
        "a second extension request": pem({
            attributes: [asked(san(istiod)), asked(san(dns("example.com")))],
        }),
        "a second extension request first": pem({
            attributes: [asked(san(dns("example.com"))), asked(san(istiod))],
        }),
        "a second and empty extension request": pem({ attributes: [asked(san(istiod)), asked()] }),
        "two lists in one extension request": pem({
            attributes: [
                sequence(
                    oid(extensionRequest),
                    set(sequence(san(istiod)), sequence(san(dns("example.com")))),
                ),
            ],
        }),
        "an extension request without a list": pem({
            attributes: [asked(san(istiod)), sequence(oid(extensionRequest), set())],
        }),
        "Microsoft's extension request beside": pem({
            attributes: [asked(san(istiod)), request("1.3.6.1.4.1.311.2.1.14", san(dns("example.com")))],
        }),
        "Microsoft's extension request alone": pem({
            attributes: [request("1.3.6.1.4.1.311.2.1.14", san(istiod))],
        }),
        "an unknown attribute beside": pem({
            attributes: [asked(san(istiod)), sequence(oid("1.2.3.4"), set(nothing))],
        }),
        "a part more in the attribute": pem({
            attributes: [sequence(oid(extensionRequest), set(sequence(san(istiod))), nothing)],
        }),

        // Other keys and signatures.
        "RSA 1024": pem({ keys: rsa(1024) }),
        "RSA 2047": pem({ keys: rsa(2047) }),
        "RSA with the exponent 3": pem({ keys: rsa(2048, 3) }),
        "RSA with the exponent 17": pem({ keys: rsa(2048, 17) }),
        "RSA without the algorithm's NULL": pem(withoutNull(rsa(2048))),
        "RSA of 9000 bits": pem({ spki: hugeRsa(9000) }),
        "P-224": pem({ keys: ec("secp224r1") }),
        "P-521": pem({ keys: ec("P-521"), hash: "sha512" }),
        secp256k1: pem({ keys: ec("secp256k1") }),
        "a described curve": pem({
            keys: generateKeyPairSync("ec", { namedCurve: "P-256", paramEncoding: "explicit" }),
        }),
        "a compressed point": pem({ spki: compressed(point) }),
        "bytes after the point": pem({
            spki: Buffer.from(
                point.toString("hex").replace(/^3059/, "305b").replace("034200", "034400") + "0000",
                "hex",
            ),
        }),
        Ed25519: pem({ keys: generateKeyPairSync("ed25519") }),
        PSS: pem({
            keys: pss(),
        }),
        DSA: pem({
            spki: generateKeyPairSync("dsa", { modulusLength: 1024, divisorLength: 160 }).publicKey.export({
                type: "spki",
                format: "der",
            }),
        }),
        "SHA-1": pem({ keys: rsa(2048), hash: "sha1" }),
        "ECDSA that says RSA": pem({ algorithm: sequence(oid("1.2.840.113549.1.1.11"), nothing) }),
        "ECDSA with a NULL": pem({ algorithm: sequence(oid("1.2.840.10045.4.3.2"), nothing) }),
        "an unknown signature": pem({ algorithm: sequence(oid("1.2.3.4")) }),
        "another key's signature": pem({ spki: spki(ec("P-256")) }),

        // Other bytes.
        "version 1": pem({ version: integer(1) }),
        "version 0 in two bytes": pem({ version: tlv(0x02, Buffer.from([0, 0])) }),
        "bytes after the DER": encodePem("CERTIFICATE REQUEST", Buffer.concat([goodDer, nothing])),
        "another after the DER": encodePem("CERTIFICATE REQUEST", Buffer.concat([goodDer, der(evil)])),
        "zeros after the DER": encodePem("CERTIFICATE REQUEST", Buffer.concat([goodDer, Buffer.alloc(64)])),
        "a part more in the whole": pem({ more: [nothing] }),
        "another as a part more": pem({ more: [der(evil)] }),
        "a long length": pem({ enclose: (...content) => longTlv(0x30, ...content) }),
        "an indefinite length": pem({ enclose: (...content) => indefinite(0x30, ...content) }),
        "a long length in the subject": pem({ subject: longTlv(0x30, organization, commonName, locality) }),
        "an indefinite length in the subject": pem({
            subject: indefinite(0x30, organization, commonName, locality),
        }),
        "a long length in a name": pem({
            subject: sequence(
                organization,
                commonName,
                longTlv(0x31, attribute("L", text("utf8", "cluster1"))),
            ),
        }),
        "a string in parts": pem({
            subject: sequence(
                organization,
                commonName,
                set(attribute("L", tlv(0x2c, text("utf8", "clus"), text("utf8", "ter1")))),
            ),
        }),
        "octets in parts": pem({
            attributes: [asked(extension("2.5.29.17", tlv(0x24, octets(sequence(istiod)))))],
        }),
        "a set where a sequence belongs": pem({ enclose: (...content) => tlv(0x31, ...content) }),
        "cut off": encodePem("CERTIFICATE REQUEST", goodDer.subarray(0, -1)),
        "no bytes": encodePem("CERTIFICATE REQUEST", Buffer.alloc(0)),
    };
    const texts = (all: Record<string, string>, allowed: boolean) =>
        Object.entries(all).map(([name, each]) => [name, { text: each, allowed }] as const);
    return Object.fromEntries([...texts(allowed, true), ...texts(refused, false)]);
}

/** An RSA request whose key's algorithm lacks its parameters. */
function withoutNull(keys: Pair): Parts {
    const algorithm = sequence(oid("1.2.840.113549.1.1.1"));
    return { keys, spki: sequence(algorithm, bits(keys.publicKey.export({ type: "pkcs1", format: "der" }))) };
}

/** Its types know RSASSA-PSS keys in PEM alone. */
function pss(): Pair {
    const options = { modulusLength: 2048, hashAlgorithm: "sha256", saltLength: 32 };
    return generateKeyPairSync("rsa-pss" as "rsa", options);
}

/** A key too large to be made in a test. */
function hugeRsa(size: number): Buffer {
    const modulus = Buffer.alloc(size / 8 + 1, 0xff);
    modulus[0] = 0;
    const key = sequence(tlv(0x02, modulus), tlv(0x02, Buffer.from([1, 0, 1])));
    return sequence(sequence(oid("1.2.840.113549.1.1.1"), nothing), bits(key));
}

/** A P-256 key whose point is given by one of its coordinates and a sign. */
function compressed(point: Buffer): Buffer {
    const [x, y] = [point.subarray(-64, -32), point.subarray(-32)];
    const algorithm = sequence(oid("1.2.840.10045.2.1"), oid("1.2.840.10045.3.1.7"));
    const made = sequence(algorithm, bits(Buffer.concat([Buffer.from([2 + (y[31]! & 1)]), x])));
    createPublicKey({ key: made, type: "spki", format: "der" });
    return made;
}
