import { CaBundle } from "./caBundle";
import { CaCertificate } from "./caCertificate";
import type { PublicFiles } from "./caFiles";
import { Crl } from "./crl";
import { CaProfile } from "./profile";

export * from "./caFiles";
export { certificateFaults } from "./caBundle";

export function publicFiles(signed: string, roots: string, profile?: CaProfile, crls?: string): PublicFiles {
    return CaBundle.signed(signed, roots, profile, crls).files;
}

export function trustingFile(ca: { fingerprint256: string }, pem: string): string {
    return `# trusts intermediate ${ca.fingerprint256.toLowerCase()}\n${pem}`;
}

export function encodedAgain(_: string, pem: string): string {
    return CaCertificate.all(pem)
        .map((each) => each.pem)
        .join("");
}

export function listsAgain(pem: string): string {
    return Crl.all(pem)
        .map((each) => each.pem)
        .join("");
}
