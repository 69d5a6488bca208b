import { createPrivateKey, createPublicKey } from "node:crypto";
import { CaCertificate, PemBlock, pemBlocks } from "./caCertificate";
import { CaFile, CaFiles, SigningCa, signingCa } from "./caFiles";
import { verificationFault } from "./chainVerification";
import { crlFault } from "./crl";
import { Finding } from "./finding";

/** What istiod's verdict depends on beside the files. */
export interface IstiodConditions {
    /** Default: now. */
    now?: Date;
    /** For a reload: root-cert.pem as the running istiod has it. */
    liveRootCert?: string;
    /** For a reload: `ISTIO_MULTIROOT_MESH` of the running istiod. Default: false, as Istio's. */
    multiRootMesh?: boolean;
}

const startRefused = "istiod does not start with it.";
const reloadDropped = "A running istiod drops it with a line in its log and goes on with its old CA";

/**
 * What makes istiod refuse these files when it starts, its own first reason (istio pilot/pkg/bootstrap/istio_ca.go
 * createIstioCA, security/pkg/pki/ca/ca.go, security/pkg/pki/util/keycertbundle.go); undefined if it takes them.
 */
export async function startRefusal(
    files: CaFiles,
    conditions: IstiodConditions = {},
): Promise<Finding | undefined> {
    const { now = new Date() } = conditions;
    const ca = signingCa(files);
    if ("missing" in ca) {
        return incomplete(ca);
    }
    return (await bundleRefusal(ca, now)) ?? notACa(ca) ?? expiredChain(ca, now);
}

/**
 * What makes a running istiod drop these files when they take the place of others (handleEvent of istio_ca.go);
 * undefined if it takes them. It asks neither whether the certificate is a CA's nor whether the chain has expired.
 */
export async function reloadRefusal(
    files: CaFiles,
    conditions: IstiodConditions = {},
): Promise<Finding | undefined> {
    const { now = new Date(), liveRootCert, multiRootMesh = false } = conditions;
    const ca = signingCa(files);
    if ("missing" in ca) {
        return { ...incomplete(ca), effect: `${reloadDropped}.` };
    }
    return rootChange(ca.rootCert, liveRootCert, multiRootMesh) ?? (await bundleRefusal(ca, now));
}

function incomplete({ missing, present }: { missing: string[]; present: string[] }): Finding {
    const none = present.length === 0;
    return {
        rule: none ? "no-ca" : "incomplete",
        severity: "error",
        file: missing.join(", "),
        found: none ? "none of the CA's files is there" : `missing beside ${present.join(", ")}`,
        effect: none
            ? "istiod makes a self-signed CA of its own, silently."
            : "istiod does not start: incomplete signing CA bundle detected. Before 1.27 it made a self-signed CA.",
        remedy: "Provide all of ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem, or tls.crt, tls.key and ca.crt.",
    };
}

/** Verify of keycertbundle.go, step by step. */
async function bundleRefusal(
    { caCert, caKey, certChain, rootCert, crl }: SigningCa,
    now: Date,
): Promise<Finding | undefined> {
    const certificate = firstCertificate(caCert);
    if (!certificate) {
        return {
            ...refused("unparsable-certificate", caCert),
            found: `its first PEM block is ${firstBlock(caCert)?.type ? "not an X.509 certificate" : "missing"}`,
            remedy: "Let it begin with the intermediate CA's certificate, PEM.",
        };
    }
    const fault = verificationFault(
        certificate,
        CaCertificate.all(rootCert.text),
        CaCertificate.all(certChain.text),
        now,
    );
    if (fault) {
        return {
            ...refused("untrusted", caCert),
            found: `it does not verify to ${rootCert.name}: ${fault}`,
            remedy: `Let ${certChain.name} lead from the intermediate to a root in ${rootCert.name}, all valid now and meant for CAs.`,
        };
    }
    return (
        keyRefusal(caKey, certificate) ??
        (crl.text === "" ? undefined : crlRefusal(crl, await crlFault(crl.text, certChain.text)))
    );
}

function keyRefusal(caKey: CaFile, certificate: CaCertificate): Finding | undefined {
    const block = firstBlock(caKey);
    const form = block && keyForms[block.type];
    const key = form && parseKey(block, form);
    if (!key) {
        const found = !block
            ? "it holds no PEM block"
            : form
              ? `its ${block.type} cannot be parsed`
              : `its first PEM block is ${label(block.type)}`;
        return {
            ...refused("unparsable-key", caKey),
            found,
            remedy: `Let its first block be one of ${Object.keys(keyForms).join(", ")}, unencrypted: \`openssl pkcs8 -topk8 -nocrypt\` makes one of any key.`,
        };
    }
    if (!["rsa", "ec", "ed25519"].includes(key.asymmetricKeyType ?? "")) {
        return {
            ...refused("key-type", caKey),
            found: `it is a key of type ${key.asymmetricKeyType}`,
            remedy: "Use ECDSA P-256 or P-384, or RSA of at least 2048 bits.",
        };
    }
    return createPublicKey(key).equals(certificate.publicKey)
        ? undefined
        : {
              ...refused("key-mismatch", caKey),
              found: `it is not the key of ${certificate.subject}`,
              remedy: "Bring the key that the certificate was made for.",
          };
}

function crlRefusal(crl: CaFile, found: string | undefined): Finding | undefined {
    return found === undefined
        ? undefined
        : {
              ...refused("crl", crl),
              found,
              remedy: "Provide one CRL for each certificate in cert-chain.pem, signed by it; an empty one will do.",
          };
}

/** NewPluggedCertIstioCAOptions of ca.go. */
function notACa({ caCert }: SigningCa): Finding | undefined {
    return firstCertificate(caCert)!.isCa
        ? undefined
        : {
              ...refused("not-a-ca", caCert),
              found: "it is not a CA's: its basic constraints are missing or say CA:FALSE",
              effect: `${startRefused} A running istiod takes it, and its workloads' certificates are trusted by nobody.`,
              remedy: "Have it signed with basicConstraints CA:TRUE and keyUsage keyCertSign, cRLSign.",
          };
}

/** minTTL of ca.go looks at the first certificate alone, if there is anything at all. */
function expiredChain({ certChain }: SigningCa, now: Date): Finding | undefined {
    const first = firstCertificate(certChain);
    if (certChain.text === "" || (first && now <= first.notAfter)) {
        return undefined;
    }
    return {
        ...refused("chain-start", certChain),
        found: first
            ? `its first certificate, ${first.subject}, expired at ${first.notAfter.toISOString()}`
            : "its first PEM block is not an X.509 certificate",
        effect: `${startRefused} A running istiod takes it.`,
        remedy: "Let it begin with the intermediate CA's certificate.",
    };
}

function rootChange(rootCert: CaFile, live: string | undefined, multiRootMesh: boolean): Finding | undefined {
    if (live === undefined || live === rootCert.text) {
        return undefined;
    }
    const finding = { rule: "root-change", severity: "error" as const, file: rootCert.name };
    if (!multiRootMesh) {
        return {
            ...finding,
            found: "it differs from the running istiod's, which has ISTIO_MULTIROOT_MESH off",
            effect: `${reloadDropped}: Multi root is disabled.`,
            remedy: "Install Istio with values.pilot.env.ISTIO_MULTIROOT_MESH=true.",
        };
    }
    const [before, after] = [live, rootCert.text].map(certificateBlocks) as [Set<string>, Set<string>];
    const overlap =
        before.size > 0 && after.size > 0 && (before.isSubsetOf(after) || after.isSubsetOf(before));
    return overlap
        ? undefined
        : {
              ...finding,
              found: "neither does it contain all roots that the running istiod has, nor the other way round",
              effect: `${reloadDropped}.`,
              remedy: "Add the new root beside the old one first, and remove the old one when every workload trusts the new one.",
          };
}

/** What istiod does with a file it cannot use. */
function refused(rule: string, { name }: CaFile): Pick<Finding, "rule" | "severity" | "file" | "effect"> {
    return { rule, severity: "error", file: name, effect: `${startRefused} ${reloadDropped}.` };
}

/** What ParsePemEncodedKey of crypto.go takes. */
const keyForms: Record<string, "sec1" | "pkcs1" | "pkcs8"> = {
    "EC PRIVATE KEY": "sec1",
    "RSA PRIVATE KEY": "pkcs1",
    "PRIVATE KEY": "pkcs8",
};

function parseKey({ der }: PemBlock, type: "sec1" | "pkcs1" | "pkcs8") {
    try {
        return createPrivateKey({ key: der, format: "der", type });
    } catch {
        return undefined;
    }
}

/** A block's label as far as it is safe to show: anything may stand in a damaged file. */
function label(type: string): string {
    return /^[A-Z0-9 ]{1,40}$/.test(type) ? type : "of an unknown kind";
}

function firstBlock({ text }: CaFile): PemBlock | undefined {
    return pemBlocks(text)[0];
}

/** The certificate in the first block, whatever its label; istiod looks no further. */
export function firstCertificate(file: CaFile): CaCertificate | undefined {
    const block = firstBlock(file);
    return block && CaCertificate.parse(block);
}

/** The DER of all blocks that say they are certificates. */
function certificateBlocks(text: string): Set<string> {
    return new Set(
        pemBlocks(text)
            .filter(({ type }) => type === "CERTIFICATE")
            .map(({ der }) => der.toString("base64")),
    );
}
