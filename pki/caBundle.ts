import { CaCertificate } from "./caCertificate";
import { caCertFile, caCrlFile, certChainFile, PublicFiles, rootCertFile, SigningCa } from "./caFiles";
import { withoutRepetitions } from "./certificate";
import { chainTo } from "./certificatePath";
import { verificationFault } from "./chainVerification";
import { Crl } from "./crl";
import type { PemContent } from "./pem";
import { pemFault } from "./pemFault";
import { CaProfile, profiles } from "./profile";

/** The parts of a bundle. */
type Parts = Pick<CaBundle, "ca" | "chain" | "roots" | "crls">;

/**
 * A CA as `cacerts` holds it, without its key. It is parsed once, where its text comes in (a Secret, files, what was saved), and
 * becomes PEM again only where it goes out ({@link files}).
 */
export class CaBundle {
    /** The certificate that signs (ca-cert.pem). */
    readonly ca: CaCertificate;
    /** What workloads serve after their own certificate (cert-chain.pem). */
    readonly chain: readonly CaCertificate[];
    /** The roots that workloads trust (root-cert.pem). */
    readonly roots: readonly CaCertificate[];
    /** The CRLs of every CA in the mesh (ca-crl.pem); undefined if the mesh uses none. */
    readonly crls: readonly Crl[] | undefined;
    /** From the CA to a root; empty if the chain leads to none. */
    readonly path: readonly CaCertificate[];

    /** @param rootCertPem - the bytes of root-cert.pem: {@link trustingFile} says why they matter */
    constructor(
        { ca, chain, roots, crls }: Parts,
        readonly rootCertPem: string,
    ) {
        this.ca = ca;
        this.chain = chain;
        this.roots = roots;
        this.crls = crls;
        this.path = chainTo(ca, [...roots], [...chain]);
    }

    /** The bundle in the public files of `cacerts`; undefined if they hold no CA certificate. */
    static parse(files: PublicFiles): CaBundle | undefined {
        return read(files[caCertFile], files[certChainFile], files[rootCertFile], files[caCrlFile]);
    }

    /** The bundle that istiod would sign with; undefined if its files hold no CA certificate. */
    static ofSigningCa({ caCert, certChain, rootCert, crl }: SigningCa): CaBundle | undefined {
        return read(caCert.text, certChain.text, rootCert.text, crl.text || undefined);
    }

    /**
     * The bundle to plug in for these parts, encoded again: what istiod, Envoy and this project read is then one and the same.
     */
    static of(parts: Parts): CaBundle {
        return new CaBundle(parts, trustingFile(parts.ca, pemOf(parts.roots)));
    }

    /**
     * The bundle to plug in for an intermediate that was signed.
     *
     * @param signedPem - the intermediate's certificate, followed by those that lead to a root
     * @param trustBundlePem - the roots that every cluster trusts
     * @param profile - whether the chain ends with the root
     * @param crlsPem - the CRLs of every CA that workloads of the mesh depend on. Default: none
     * @throws Error if a text is not plain PEM, saying which.
     */
    static signed(
        signedPem: string,
        trustBundlePem: string,
        profile: Pick<CaProfile, "rootInChain"> = profiles.default,
        crlsPem?: string,
    ): CaBundle {
        const issued = certificatesIn("The intermediate's certificate", signedPem);
        const roots = certificatesIn("The trust bundle", trustBundlePem);
        const chain = profile.rootInChain ? [...issued, ...roots] : issued;
        const crls = crlsPem === undefined ? undefined : crlsIn(crlsPem);
        return CaBundle.of({ ca: issued[0]!, chain, roots, crls });
    }

    /**
     * The bundle to plug in for a CA that was checked: its certificate is that of the first block, which istiod looks at.
     *
     * @throws Error if a text is not plain PEM, saying which.
     */
    static checked({ caCert, certChain, rootCert, crl }: SigningCa): CaBundle {
        const ca = CaCertificate.first(caCert.text);
        if (!ca) {
            throw new Error(`${caCert.name} cannot be plugged in: its first PEM block is not a certificate.`);
        }
        return CaBundle.of({
            ca,
            chain: certificatesIn(certChain.name, certChain.text),
            roots: certificatesIn(rootCert.name, rootCert.text),
            crls: crl.text === "" ? undefined : crlsIn(crl.text),
        });
    }

    /** The same CA with these bytes of root-cert.pem, which hold the same roots. */
    withRootCertPem(rootCertPem: string): CaBundle {
        return new CaBundle(this, rootCertPem);
    }

    /** The public files of `cacerts`. */
    get files(): PublicFiles {
        return {
            [caCertFile]: this.ca.pem,
            [certChainFile]: pemOf(this.chain),
            [rootCertFile]: this.rootCertPem,
            ...(this.crls && { [caCrlFile]: pemOf(this.crls) }),
        };
    }

    /** The root that the CA depends on; undefined if its chain leads to none. */
    get root(): CaCertificate | undefined {
        return this.path.at(-1);
    }

    /** The certificate that issued the CA's; undefined if it is missing, or the CA is a root itself. */
    get issuer(): CaCertificate | undefined {
        return this.path[1];
    }

    /** All certificates of the files, each once. */
    get certificates(): CaCertificate[] {
        return withoutRepetitions([this.ca, ...this.chain, ...this.roots]);
    }

    /** Whether workloads trust a root. */
    trusts({ fingerprint }: { fingerprint: string }): boolean {
        return this.roots.some((each) => each.fingerprint === fingerprint);
    }

    /** Whether the CA depends on one of these roots, by names and signatures alone. */
    dependsOn(roots: readonly CaCertificate[]): boolean {
        return chainTo(this.ca, [...roots], [...this.chain]).length > 0;
    }

    /** Why workloads that trust these roots would reject those of this CA; undefined if they would not. */
    faultUnder(roots: readonly CaCertificate[], now = new Date()): string | undefined {
        return verificationFault(this.ca, [...roots], [...this.chain], now);
    }

    /** Whether both are the same files, byte for byte. */
    equals(other: CaBundle): boolean {
        const [files, others] = [this.files, other.files];
        return [caCertFile, certChainFile, rootCertFile, caCrlFile].every((name) => {
            return files[name as keyof PublicFiles] === others[name as keyof PublicFiles];
        });
    }
}

/**
 * root-cert.pem. It opens with a comment that names the intermediate: istiod compares roots by their DER (since 1.30, with
 * ISTIO_MULTIROOT_MESH) and reloads, but passes the changed bytes on, and changed bytes are what makes every proxy ask for a new
 * workload certificate. Without the comment the old ones stay until half their lifetime is over.
 */
function trustingFile(ca: CaCertificate, trustBundlePem: string): string {
    return `# trusts intermediate ${ca.fingerprint}\n${trustBundlePem}`;
}

/** The certificates of a text. @throws Error if people see more in it than istiod would read, or if it holds none. */
function certificatesIn(what: string, pem: string): CaCertificate[] {
    refuseUnread(what, pem, "certificates");
    const certificates = CaCertificate.all(pem);
    if (certificates.length === 0) {
        throw new Error(`${what} cannot be plugged in: it holds no PEM certificate.`);
    }
    return certificates;
}

/** The CRLs of a text. @throws Error if people see more in it than istiod would read. */
function crlsIn(pem: string): Crl[] {
    refuseUnread("ca-crl.pem", pem, "other");
    return Crl.all(pem);
}

function refuseUnread(what: string, pem: string, content: PemContent): void {
    const fault = pemFault(pem, content);
    if (fault) {
        throw new Error(`${what} cannot be plugged in, ${fault.read}: ${fault.found}. ${fault.remedy}`);
    }
}

function read(caCert: string, certChain: string, rootCert: string, crl?: string): CaBundle | undefined {
    const [ca] = CaCertificate.all(caCert);
    const [chain, roots] = [CaCertificate.all(certChain), CaCertificate.all(rootCert)];
    const crls = crl === undefined ? undefined : Crl.all(crl);
    return ca && new CaBundle({ ca, chain, roots, crls }, rootCert);
}

function pemOf(parts: readonly { pem: string }[]): string {
    return parts.map(({ pem }) => pem).join("");
}
