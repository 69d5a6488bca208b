import { CaFile, SigningCa } from "../caFiles";
import type { PemContent } from "../pem";
import { pemFault } from "../pemFault";
import { Finding } from "./finding";

/** Where istiod finds less in a file than people see, as it reads PEM by Go's rules; proxies and openssl may find more. */
export function pemUnread({ caCert, caKey, certChain, rootCert, crl }: SigningCa): (Finding | undefined)[] {
    const files: [CaFile, PemContent][] = [
        [caCert, "certificates"],
        [caKey, "other"],
        [certChain, "certificates"],
        [rootCert, "certificates"],
        [crl, "other"],
    ];
    return files.map(([file, content]) => unread(file, content));
}

function unread({ name, text }: CaFile, content: PemContent): Finding | undefined {
    const fault = pemFault(text, content);
    return (
        fault && {
            rule: "pem-unread",
            severity: "error",
            file: name,
            found: `${fault.read}: ${fault.found}`,
            effect: "istiod leaves out what it cannot read, without logging it, or does not start. Other software may read more than istiod does.",
            remedy: fault.remedy,
        }
    );
}
