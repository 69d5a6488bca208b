import { CaCertificate } from "../caCertificate";
import { CaFile, SigningCa } from "../caFiles";
import { verificationFault } from "../chainVerification";
import { pemBlocks } from "../pem";
import { Block, IstiodAnswer } from "../verdict/istiod";
import { crlFault } from "./crl";
import { Finding } from "./finding";
import { keyRefusal } from "./key";
import { refused, startRefused } from "./refused";
import { rootChange } from "./rootChange";

/** What istiod's verdict depends on beside the files. */
export interface IstiodConditions {
    /** Default: now. */
    now?: Date;
    /** For a reload: root-cert.pem as the running istiod has it. */
    liveRootCert?: string;
    /** For a reload: `ISTIO_MULTIROOT_MESH` of the running istiod. Default: false, as Istio's. */
    multiRootMesh?: boolean;
}

/**
 * What makes a running istiod drop these files when they take the place of others (handleEvent of istio_ca.go); undefined if it
 * accepts them, or if nothing is known of the running istiod. It asks neither whether the certificate is a CA's nor whether the chain
 * has expired.
 */
export function reloadRefusal(
    ca: SigningCa,
    answer: IstiodAnswer,
    { now = new Date(), liveRootCert, multiRootMesh = false }: IstiodConditions,
): Finding | undefined {
    if (liveRootCert === undefined) {
        return undefined;
    }
    const change = rootChange(ca.rootCert, liveRootCert, multiRootMesh);
    return change ?? (answer.verdict.reload ? refusalOf(ca, answer, now) : undefined);
}

export function incomplete({ missing, present }: { missing: string[]; present: string[] }): Finding {
    const none = present.length === 0;
    return {
        rule: none ? "no-ca" : "incomplete",
        severity: "error",
        file: missing.join(", "),
        found: none ? "none of the CA's files exists" : `missing next to ${present.join(", ")}`,
        effect: none
            ? "istiod silently generates a self-signed CA of its own."
            : "istiod does not start: incomplete signing CA bundle detected. Before 1.27 it generated a self-signed CA.",
        remedy: "Provide all of ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem, or tls.crt, tls.key and ca.crt.",
    };
}

/**
 * What makes istiod reject a CA when it starts, its own first reason (istio pilot/pkg/bootstrap/istio_ca.go createIstioCA,
 * security/pkg/pki/ca/ca.go, security/pkg/pki/util/keycertbundle.go), explained; undefined if it accepts it.
 */
export function refusalOf(ca: SigningCa, answer: IstiodAnswer, now: Date): Finding | undefined {
    const { caCert, caKey, certChain, crl } = ca;
    const { step, start = "" } = answer.verdict;
    switch (step) {
        case undefined:
            return undefined;
        case "parse":
            return unparsable(caCert, answer.caCert);
        case "trust":
            return untrusted(ca, answer, now);
        case "parseKey":
        case "pair": {
            const paired = pairedCertificate(caCert);
            if (!paired) {
                return unlabelled(caCert);
            }
            const rule = step === "pair" ? "key-mismatch" : "unparsable-key";
            return keyRefusal(caKey, paired) ?? { ...refused(rule, caKey), found: start, remedy: keyRemedy };
        }
        case "parseChain":
        case "parseCRL":
        case "missingCRL":
            return crlRefusal(crl, crlFault(crl.text, certChain.text) ?? start);
        case "notCA":
            return notACa(caCert);
        case "chainTTL":
            return expiredChain(certChain, answer.certChain);
    }
}

function unparsable(caCert: CaFile, [first]: Block[]): Finding {
    return {
        ...refused("unparsable-certificate", caCert),
        found: first
            ? `its first PEM block, in line ${first.line}, is not an X.509 certificate that Go reads: ${first.fault ?? `it is a ${first.type}`}`
            : "its first PEM block is missing",
        remedy: "Let it begin with the intermediate CA's certificate, PEM, made by a library that writes strict DER.",
    };
}

/** The cause is the certificate that Go cannot read, if the path would lead through it. */
function untrusted({ caCert, certChain, rootCert }: SigningCa, answer: IstiodAnswer, now: Date): Finding {
    const [roots, pool] = [answer.rootCert, answer.certChain].map((blocks) =>
        blocks.flatMap(({ certificate, der, headers, type }) =>
            certificate && !headers && type === "CERTIFICATE"
                ? (CaCertificate.parse({
                      type,
                      der: Buffer.from(der!, "base64"),
                      headers,
                      start: 0,
                      end: 0,
                  }) ?? [])
                : [],
        ),
    ) as [CaCertificate[], CaCertificate[]];
    const certificate = CaCertificate.first(caCert.text);
    const fault = certificate && verificationFault(certificate, roots, pool, now);
    const missing = certificate && ![...roots, ...pool].some((issuer) => certificate.namesIssuer(issuer));
    const unread = [
        ...answer.rootCert.map((block) => ({ block, file: rootCert })),
        ...answer.certChain.map((block) => ({ block, file: certChain })),
    ].find(({ block }) => block.fault !== undefined && block.type === "CERTIFICATE");
    const cause =
        unread && (missing || fault === undefined || pool.length + roots.length === 0)
            ? `istiod cannot read the certificate in line ${unread.block.line} of ${unread.file.name}: ${unread.block.fault}`
            : (fault ?? answer.verdict.start);
    return {
        ...refused("untrusted", caCert),
        found: `it does not verify to ${rootCert.name}: ${cause}`,
        remedy: unread
            ? `Have that certificate made again by a library that writes strict DER, or put another into ${unread.file.name}.`
            : `Let ${certChain.name} lead from the intermediate to a root in ${rootCert.name}, all valid now and meant for CAs.`,
    };
}

const keyRemedy =
    "Let it be one unencrypted key under its own label: `openssl pkcs8 -topk8 -nocrypt` makes one of any key.";

function unlabelled(caCert: CaFile): Finding {
    return {
        ...refused("unparsable-certificate", caCert),
        found: "no PEM block in it is labelled CERTIFICATE, or the first that is holds none",
        remedy: "Let it begin with the intermediate CA's certificate, labelled CERTIFICATE: `openssl x509 -in FILE` writes it so.",
    };
}

function crlRefusal(crl: CaFile, found: string | undefined): Finding | undefined {
    return found === undefined
        ? undefined
        : {
              ...refused("crl", crl),
              found,
              remedy: "Provide one CRL for each certificate in cert-chain.pem, signed by it; an empty one is enough.",
          };
}

/** NewPluggedCertIstioCAOptions of ca.go. */
function notACa(caCert: CaFile): Finding {
    return {
        ...refused("not-a-ca", caCert),
        found: "it is not a CA's: its basic constraints are missing or say CA:FALSE",
        effect: `${startRefused} A running istiod accepts it, and nobody trusts its workloads' certificates.`,
        remedy: "Have it signed with basicConstraints CA:TRUE and keyUsage keyCertSign, cRLSign.",
    };
}

/** minTTL of ca.go looks at the first certificate alone, if there is anything at all. */
function expiredChain(certChain: CaFile, [block]: Block[]): Finding {
    const first = CaCertificate.first(certChain.text);
    return {
        ...refused("chain-start", certChain),
        found: block?.certificate
            ? `its first certificate, ${block.certificate.subject}, expired${first ? ` at ${first.notAfter.toISOString()}` : ""}`
            : "its first PEM block is not an X.509 certificate",
        effect: `${startRefused} A running istiod accepts it.`,
        remedy: "Let it begin with the intermediate CA's certificate.",
    };
}

/** The certificate that must fit the key: tls.X509KeyPair goes by the label, as {@link CaCertificate.first} does not. */
function pairedCertificate(file: CaFile): CaCertificate | undefined {
    const block = pemBlocks(file.text).find(({ type }) => type === "CERTIFICATE");
    return block && CaCertificate.parse(block);
}
