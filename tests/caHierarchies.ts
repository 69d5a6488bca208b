import * as fc from "fast-check";
import { CaCertificate } from "../pki/caCertificate";
import { SigningCa, signingCa } from "../pki/caFiles";
import { certificateNames } from "../pki/der";
import { AuthorityKeyIdentifierExtension, Extension, SubjectKeyIdentifierExtension } from "../pki/x509";
import { Authority, authority, clientAuth, crl, CrlTemplate, serverAuth, Template } from "./caAuthority";
import { sequence, tlv } from "./der";
import { privatePem } from "./pki";

const anyUsage = "2.5.29.37.0";

/** What may be special about a hierarchy; the first of each is plain. */
const features = {
    depth: ["the CA below its root", "a CA between", "two CAs between", "three CAs between"],
    keyIds: ["no key identifiers", "key identifiers", "key identifiers, one of which is another's"],
    authorityNamed: ["", "AKI by issuer and serial", "AKI by another serial", "AKI by another issuer"],
    twin: ["", "expired twin of the root", "namesake of the root", "expired twin of the issuer"],
    twinPlace: ["", "twin first"],
    cross: ["", "cross-signed root served", "cross-signed root, the other one trusted"],
    usages: ["", "EKU server and client", "EKU server", "EKU client", "EKU any", "EKU server and any"],
    pathLength: ["", "path length 0", "path length 1", "path length 2"],
    crls: [
        "",
        "CRLs",
        "CRLs without the root's",
        "CRLs without the CA's",
        "CRLs of users alone",
        "CRLs of CAs alone",
        "CRLs of some reasons",
        "delta CRLs",
        "CRLs of tomorrow",
        "expired CRLs",
        "CRLs, one of which revokes the CA",
    ],
    subject: ["", "CA without a subject"],
    order: ["", "chain turned round", "root in the chain"],
} as const;

type Feature = keyof typeof features;

/** A hierarchy's features, by their positions above, and where in it the EKU and the path length are: 0 is the root. */
export type Hierarchy = Record<Feature | "usagesAt" | "pathLengthAt", number>;

/** Hierarchies of which most are plain in most respects, so that what is special decides. */
export function hierarchies(): fc.Arbitrary<Hierarchy> {
    const positions = Object.entries(features).map(([feature, values]) => {
        const special = fc.nat(values.length - 1);
        const usual = fc.constant(0);
        return [
            feature,
            feature === "depth" || feature === "keyIds" ? special : fc.oneof(usual, usual, special),
        ];
    });
    return fc.record({
        ...(Object.fromEntries(positions) as Record<Feature, fc.Arbitrary<number>>),
        usagesAt: fc.nat(4),
        pathLengthAt: fc.nat(4),
    });
}

/** What is special about a hierarchy, each a kind by itself. */
export function kindOf(hierarchy: Hierarchy): string {
    const names = Object.entries(features).map(([feature, values]) => values[hierarchy[feature as Feature]]);
    return names.filter((name) => name !== "").join("; ");
}

/** Makes the files of a hierarchy's CA. */
export async function caOf(hierarchy: Hierarchy): Promise<SigningCa> {
    const is = (name: string) => kindOf(hierarchy).split("; ").includes(name);
    const levels = await levelsOf(hierarchy);
    const [root, ca] = [levels[0]!, levels.at(-1)!];
    const below = levels.slice(1).reverse();
    const other = await authority({ subject: "O=Other, CN=Root CA", to: 3650 });
    const cross = await authority({ subject: root.subject, keys: root.keys, to: 3000 }, other);
    const expired = { from: -9, to: -1 };
    const rootTwins = is("expired twin of the root")
        ? [await authority({ subject: root.subject, keys: root.keys, ...keyIds(hierarchy, 0), ...expired })]
        : is("namesake of the root")
          ? [await authority({ subject: root.subject, to: 3650 })]
          : [];
    const issuer = levels.at(-2)!;
    const issuerTwins =
        is("expired twin of the issuer") && levels.length > 2
            ? [await authority({ subject: issuer.subject, keys: issuer.keys, ...expired }, levels.at(-3))]
            : [];
    const beside = (some: Authority[], twins: Authority[]) =>
        is("twin first") ? [...twins, ...some] : [...some, ...twins];
    const chain = [
        ...(is("chain turned round") ? [ca, ...below.slice(1).reverse()] : below),
        ...(is("root in the chain") ? [root] : []),
        ...(hierarchy.cross > 0 ? [cross] : []),
    ];
    const trusted = is("cross-signed root, the other one trusted") ? [other] : [root];
    const pem = (some: Authority[]) => some.map((each) => each.pem).join("");
    const lists = await crlsOf(hierarchy, [...levels, ...(hierarchy.cross > 0 ? [other] : [])]);
    const files = signingCa({
        "ca-cert.pem": ca.pem,
        "ca-key.pem": await privatePem(ca.keys),
        "cert-chain.pem": pem([chain[0]!, ...beside(chain.slice(1), issuerTwins)]),
        "root-cert.pem": pem(beside(trusted, rootTwins)),
        ...(lists && { "ca-crl.pem": lists }),
    });
    if ("missing" in files) {
        throw new Error(`${files.missing.join()} missing`);
    }
    return files;
}

/** From the root down to the CA that signs. */
async function levelsOf(hierarchy: Hierarchy): Promise<Authority[]> {
    const levels: Authority[] = [];
    for (let level = 0; level <= hierarchy.depth + 1; level++) {
        const above = levels.at(-1);
        const last = level === hierarchy.depth + 1;
        const subject = level === 0 ? "O=Istio, CN=Root CA" : `O=Istio, CN=Middle CA ${level}`;
        const usages = [
            [],
            [serverAuth, clientAuth],
            [serverAuth],
            [clientAuth],
            [anyUsage],
            [serverAuth, anyUsage],
        ];
        const extended = usages[hierarchy.usages]!;
        levels.push(
            await authority(
                {
                    ...(last ? hierarchy.subject > 0 && { subject: "" } : { subject }),
                    to: 3650 - 100 * level,
                    ...(level === hierarchy.usagesAt && extended.length > 0 && { extended }),
                    ...(level === hierarchy.pathLengthAt &&
                        hierarchy.pathLength > 0 && { pathLength: hierarchy.pathLength - 1 }),
                    extensions: [
                        ...keyIds(hierarchy, level).extensions,
                        ...(last && above ? authorityNamed(hierarchy, above) : []),
                    ],
                },
                above,
            ),
        );
    }
    return levels;
}

function keyIds({ keyIds, depth }: Hierarchy, level: number): Required<Pick<Template, "extensions">> {
    const id = (of: number) => `0${of}`.repeat(20);
    const wrong = keyIds === 2 && level === depth + 1;
    return {
        extensions:
            keyIds === 0
                ? []
                : [
                      new SubjectKeyIdentifierExtension(id(level)),
                      ...(level === 0
                          ? []
                          : [new AuthorityKeyIdentifierExtension(wrong ? "ff".repeat(20) : id(level - 1))]),
                  ],
    };
}

/** The authority key identifier by the issuer's issuer and serial number (RFC 5280, 4.2.1.1), if there is none by its key. */
function authorityNamed({ authorityNamed: form, keyIds }: Hierarchy, issuer: Authority): Extension[] {
    if (form === 0 || keyIds > 0) {
        return [];
    }
    const [{ der, serial, subjectDer }] = CaCertificate.all(issuer.pem) as [CaCertificate];
    const digits = serial.padStart(serial.length + (serial.length % 2), "0");
    const bytes = Buffer.from(digits, "hex");
    const number =
        form === 2 ? Buffer.from([1]) : bytes[0]! >= 0x80 ? Buffer.concat([Buffer.of(0), bytes]) : bytes;
    // Of a root, its own name is right too.
    const name = form === 3 ? otherName : certificateNames(der).issuer;
    const value = sequence(tlv(0xa1, tlv(0xa4, name.length > 0 ? name : subjectDer)), tlv(0x82, number));
    return [new Extension("2.5.29.35", false, value)];
}

/** CN=Other. */
const otherName = Buffer.from("3010310e300c06035504030c054f74686572", "hex");

async function crlsOf(hierarchy: Hierarchy, issuers: Authority[]): Promise<string> {
    const kind = features.crls[hierarchy.crls]!;
    if (kind === "") {
        return "";
    }
    // IssuingDistributionPoint and DeltaCRLIndicator (RFC 5280, 5.2.5 and 5.2.4).
    const scope = (field: Buffer) => new Extension("2.5.29.28", true, sequence(field));
    const yes = Buffer.from([0xff]);
    const templates: Record<string, CrlTemplate> = {
        "CRLs of users alone": { extensions: [scope(tlv(0x81, yes))] },
        "CRLs of CAs alone": { extensions: [scope(tlv(0x82, yes))] },
        "CRLs of some reasons": { extensions: [scope(tlv(0x83, Buffer.from([6, 0x40])))] },
        "delta CRLs": { extensions: [new Extension("2.5.29.27", true, Buffer.from([2, 1, 1]))] },
        "CRLs of tomorrow": { from: 1 },
        "expired CRLs": { from: -9, to: -1 },
    };
    const ca = issuers[hierarchy.depth + 1]!;
    const unlisted: Record<string, Authority> = {
        "CRLs without the root's": issuers[0]!,
        "CRLs without the CA's": ca,
    };
    const listed = issuers.filter((issuer) => issuer !== unlisted[kind]);
    const above = issuers[hierarchy.depth]!;
    const lists = listed.map((issuer) => {
        const revokes = kind === "CRLs, one of which revokes the CA" && issuer === above ? ca.pem : undefined;
        return crl(issuer, { ...templates[kind], ...(revokes !== undefined && { revokes }) });
    });
    return (await Promise.all(lists)).join("");
}
