// The files of the Secret `cacerts`; istio security/pkg/pki/ca/ca.go names them.
/** The file of `cacerts` with the certificate that signs. */
export const caCertFile = "ca-cert.pem";
/** The file of `cacerts` with the key that signs. */
export const caKeyFile = "ca-key.pem";
/** The file of `cacerts` with what workloads serve after their own certificate. */
export const certChainFile = "cert-chain.pem";
/** The file of `cacerts` with the roots that workloads trust. */
export const rootCertFile = "root-cert.pem";
/** The file of `cacerts` with the certificate revocation lists, of every CA in the mesh; optional. */
export const caCrlFile = "ca-crl.pem";

/** The Secret that istiod mounts as its plugged-in CA. */
export const caCertsSecretName = "cacerts";

/** The ConfigMap of every namespace by which istiod passes the CRLs on. */
export const crlConfigMapName = "istio-ca-crl";

/** Where a proxy looks for its CRLs (istio pkg/security/security.go). */
export const crlMountPath = "/var/run/secrets/istio/crl";

/** What istiod reads from `cacerts` in addition to its key, by file name; PEM. */
export type PublicFiles = Record<typeof caCertFile | typeof certChainFile | typeof rootCertFile, string> & {
    /** The CRLs of every CA in the mesh. */
    [caCrlFile]?: string;
};

/** Files as the Secret `cacerts` holds them, by name; of which some may be missing. */
export type CaFiles = Record<string, string | undefined>;

/** What is read of a Secret. */
export interface SecretData {
    kind?: string;
    data?: Record<string, unknown> | null;
    stringData?: Record<string, unknown> | null;
}

// The files of a `kubernetes.io/tls` Secret, under the names of istio security/pkg/pki/ca/ca.go.
const tlsCertFile = "tls.crt";
const tlsKeyFile = "tls.key";
const tlsRootFile = "ca.crt";

/** Every name that istiod looks for. */
export const caFileNames = [
    caCertFile,
    caKeyFile,
    certChainFile,
    rootCertFile,
    caCrlFile,
    tlsCertFile,
    tlsKeyFile,
    tlsRootFile,
];

/** The names that are read of a folder or a Secret: what istiod looks for, and the key by which it marks a CA of its own. */
export const readFileNames = [...caFileNames, "istio-generated"];

/** One of istiod's inputs: its text, and the file or files that it comes from. */
export interface CaFile {
    name: string;
    text: string;
}

/** What istiod reads of the files. */
export interface SigningCa {
    caCert: CaFile;
    caKey: CaFile;
    certChain: CaFile;
    rootCert: CaFile;
    /** Empty if there is none. */
    crl: CaFile;
}

/**
 * What istiod reads of the files: those of a `kubernetes.io/tls` Secret if there is a `tls.crt`, whatever other files there are
 * (istio pilot/pkg/bootstrap/istio_ca.go, detectSigningCABundleAndCRL).
 *
 * @returns the names of the missing files, and of those present, if any is missing.
 */
export function signingCa(files: CaFiles): SigningCa | { missing: string[]; present: string[] } {
    const tls = files[tlsCertFile] !== undefined;
    const needed = tls
        ? [tlsCertFile, tlsKeyFile, tlsRootFile]
        : [caCertFile, caKeyFile, certChainFile, rootCertFile];
    const missing = needed.filter((name) => files[name] === undefined);
    if (missing.length > 0) {
        return { missing, present: needed.filter((name) => !missing.includes(name)) };
    }
    const file = (name: string): CaFile => ({ name, text: files[name] ?? "" });
    if (!tls) {
        return {
            caCert: file(caCertFile),
            caKey: file(caKeyFile),
            certChain: file(certChainFile),
            rootCert: file(rootCertFile),
            crl: file(caCrlFile),
        };
    }
    const [caCert, rootCert] = [file(tlsCertFile), file(tlsRootFile)];
    return {
        caCert,
        caKey: file(tlsKeyFile),
        certChain: { name: `${caCert.name} + ${rootCert.name}`, text: caCert.text + rootCert.text },
        rootCert,
        crl: { name: caCrlFile, text: "" },
    };
}

/** The name under which istiod looks for the key beside these files. */
export function keyFile(files: CaFiles): string {
    return files[tlsCertFile] === undefined ? caKeyFile : tlsKeyFile;
}

/** The `*.pem` files that istiod ignores because there is a `tls.crt`. */
export function ignoredFiles(files: CaFiles): string[] {
    const present = (name: string) => files[name] !== undefined;
    return present(tlsCertFile)
        ? [caCertFile, caKeyFile, certChainFile, rootCertFile, caCrlFile].filter(present)
        : [];
}

/**
 * The files of a Secret that istiod reads.
 *
 * @throws Error with every value that is not one that a Secret can hold, or that was encoded twice; none of them is shown.
 */
export function secretFiles({ data, stringData }: SecretData): CaFiles {
    const faults: string[] = [];
    const read = (where: string, values: Record<string, unknown> | null | undefined, decode: boolean) =>
        readFileNames
            .filter((name) => values?.[name] !== undefined)
            .map((name): [string, string] => {
                const value = values![name] ?? "";
                const fault = valueFault(value, decode);
                if (fault !== undefined) {
                    faults.push(`${name} of the Secret's ${where} ${fault}`);
                    return [name, ""];
                }
                return [name, decode ? decoded(value as string) : (value as string)];
            });
    const files = Object.fromEntries([
        ...read("data", data, true),
        ...read("stringData", stringData, false),
    ]) as CaFiles;
    if (faults.length > 0) {
        throw new Error(faults.join("; "));
    }
    return files;
}

function valueFault(value: unknown, encoded: boolean): string | undefined {
    if (typeof value !== "string") {
        return "is not text";
    }
    if (!encoded) {
        return undefined;
    }
    const compact = value.replaceAll(/\s/g, "");
    if (!/^[A-Za-z0-9+/]*={0,2}$/.test(compact) || compact.length % 4 !== 0) {
        return "is not base64, so Kubernetes refuses it: put plain PEM below stringData, or encode it by `base64 -w0`";
    }
    const text = decoded(value).trim();
    return /^LS0tLS1CRUdJ[A-Za-z0-9+/=\s]*$/.test(text)
        ? "is base64 of base64 of PEM: encode it once"
        : undefined;
}

/** Bytes that are not UTF-8 become a character each: they are not PEM. */
function decoded(value: string): string {
    const bytes = Buffer.from(value, "base64");
    const utf8 = bytes.toString();
    return Buffer.from(utf8).equals(bytes) ? utf8 : bytes.toString("latin1");
}
