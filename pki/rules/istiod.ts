import { CaCertificate } from "../caCertificate";
import { CaFile, CaFiles, SigningCa, signingCa } from "../caFiles";
import { verificationFault } from "../chainVerification";
import { firstBlock, pemBlocks } from "../pem";
import { crlFault } from "./crl";
import { Finding } from "./finding";
import { keyRefusal } from "./key";
import { refused, reloadDropped, startRefused } from "./refused";
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
        found: none ? "none of the CA's files exists" : `missing next to ${present.join(", ")}`,
        effect: none
            ? "istiod silently generates a self-signed CA of its own."
            : "istiod does not start: incomplete signing CA bundle detected. Before 1.27 it generated a self-signed CA.",
        remedy: "Provide all of ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem, or tls.crt, tls.key and ca.crt.",
    };
}

/** Verify of keycertbundle.go, step by step. */
async function bundleRefusal(
    { caCert, caKey, certChain, rootCert, crl }: SigningCa,
    now: Date,
): Promise<Finding | undefined> {
    const certificate = CaCertificate.first(caCert.text);
    if (!certificate) {
        return {
            ...refused("unparsable-certificate", caCert),
            found: `its first PEM block is ${firstBlock(caCert.text)?.type ? "not an X.509 certificate" : "missing"}`,
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
    const paired = pairedCertificate(caCert);
    if (!paired) {
        return {
            ...refused("unparsable-certificate", caCert),
            found: "no PEM block in it is labelled CERTIFICATE, or the first that is holds none",
            remedy: "Let it begin with the intermediate CA's certificate, labelled CERTIFICATE: `openssl x509 -in FILE` writes it so.",
        };
    }
    return (
        keyRefusal(caKey, paired) ??
        (crl.text === "" ? undefined : crlRefusal(crl, await crlFault(crl.text, certChain.text)))
    );
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
function notACa({ caCert }: SigningCa): Finding | undefined {
    return CaCertificate.first(caCert.text)!.isCa
        ? undefined
        : {
              ...refused("not-a-ca", caCert),
              found: "it is not a CA's: its basic constraints are missing or say CA:FALSE",
              effect: `${startRefused} A running istiod accepts it, and nobody trusts its workloads' certificates.`,
              remedy: "Have it signed with basicConstraints CA:TRUE and keyUsage keyCertSign, cRLSign.",
          };
}

/** minTTL of ca.go looks at the first certificate alone, if there is anything at all. */
function expiredChain({ certChain }: SigningCa, now: Date): Finding | undefined {
    const first = CaCertificate.first(certChain.text);
    if (certChain.text === "" || (first && now <= first.notAfter)) {
        return undefined;
    }
    return {
        ...refused("chain-start", certChain),
        found: first
            ? `its first certificate, ${first.subject}, expired at ${first.notAfter.toISOString()}`
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
