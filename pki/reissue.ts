import { caCertFile, certChainFile, PublicFiles, rootCertFile } from "./bundle";
import { CaCertificate } from "./caCertificate";
import { chainTo } from "./chainVerification";

/**
 * The files of a renewed CA with the root-cert.pem that is plugged in, where both are signed by the same CA under the same
 * roots: of bytes that stay no proxy is told, so each asks for its next certificate at its own time.
 */
export function withoutNotice(files: PublicFiles, live: PublicFiles | undefined): PublicFiles {
    return live && sameTrust(files, live) ? { ...files, [rootCertFile]: live[rootCertFile] } : files;
}

function sameTrust(files: PublicFiles, live: PublicFiles): boolean {
    const [roots, liveRoots] = [files, live].map((each) => CaCertificate.all(each[rootCertFile]));
    const [signer, liveSigner] = [files, live].map(signerOf);
    const within = (list: CaCertificate[]) => (each: CaCertificate) =>
        list.some((other) => other.equals(each));
    return (
        roots!.every(within(liveRoots!)) &&
        liveRoots!.every(within(roots!)) &&
        signer !== undefined &&
        liveSigner !== undefined &&
        signer.equals(liveSigner)
    );
}

function signerOf(files: PublicFiles): CaCertificate | undefined {
    const [ca] = CaCertificate.all(files[caCertFile]);
    const [roots, chain] = [files[rootCertFile], files[certChainFile]].map((pem) => CaCertificate.all(pem));
    return ca && chainTo(ca, roots!, chain!)[1];
}
