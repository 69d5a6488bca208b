import * as pulumi from "@pulumi/pulumi";
import { CommandSignedCertificate } from "../components/commandSignedCertificate";
import { CommandSignedCrl } from "../components/commandSignedCrl";
import { IntermediateCertificate } from "../components/intermediateCertificate";
import { RootCa } from "../components/rootCa";
import { firstRootName, RootSettings, SignCommandRoot } from "../config/settings";
import { Certificate } from "../pki/certificate";
import { CaProfile, renewalWindowHours } from "../pki/profile";
import { crlOf } from "./crls";
import { Exported, RootOutputs, SignedCertificate } from "./outputs";

/** A root CA, wherever its key is. */
export interface SigningRoot {
    certPem: pulumi.Output<string>;
    /** The certificate for a cluster's request. */
    sign: (cluster: string, certRequestPem: string) => Exported<Omit<SignedCertificate, "generation">>;
    /** Its CRL, PEM. Takes when each certificate was revoked, by serial number. */
    revoke: (revoked: Record<string, string>) => pulumi.Output<string>;
}

/** What roots have signed so far. */
export type SignedBefore = Partial<Pick<RootOutputs, "certificates" | "crls">>;

/**
 * The root CA of this name: one of the stack's own, or one that existed before it.
 */
export function signingRoot(
    name: string,
    { profile, existing, protectRoot, signingRoot: signer }: RootSettings,
    signed: SignedBefore,
): SigningRoot {
    const given = name === firstRootName ? existing : undefined;
    if (given && "signCommand" in given) {
        return bySignCommand(name, given, profile, signed.certificates ?? {});
    }
    const ca = given
        ? { certPem: pulumi.output(given.certPem), privateKeyPem: pulumi.secret(given.privateKeyPem) }
        : new RootCa(name, { profile }, { protect: protectRoot && name === signer });
    return {
        certPem: ca.certPem,
        sign: (cluster, certRequestPem) => ({
            pem: new IntermediateCertificate(cluster, { cluster, certRequestPem, ca, profile }).certPem,
        }),
        revoke: (revoked) => crlOf(ca.certPem, ca.privateKeyPem, revoked, signed.crls),
    };
}

function bySignCommand(
    name: string,
    { certPem: rootCertPem, signCommand }: SignCommandRoot,
    profile: CaProfile,
    signed: RootOutputs["certificates"],
): SigningRoot {
    const validityDays = profile.intermediateValidityDays;
    return {
        certPem: pulumi.output(rootCertPem),
        sign: (cluster, certRequestPem) => {
            const renewals = renewalsNow(signed[cluster], profile);
            const args = { cluster, certRequestPem, rootCertPem, signCommand, validityDays, renewals };
            return { renewals, pem: new CommandSignedCertificate(cluster, args).certPem };
        },
        revoke: (revoked) =>
            new CommandSignedCrl(name, { issuerPem: rootCertPem, signCommand, revoked }).crlPem,
    };
}

/** How often a certificate was renewed, including this time if it is due. */
function renewalsNow(signed: SignedCertificate | undefined, profile: CaProfile, now = new Date()): number {
    const [certificate] = Certificate.all(signed?.pem ?? "");
    const renewals = signed?.renewals ?? 0;
    if (!certificate) {
        return renewals;
    }
    const hours = (from: Date) => (certificate.notAfter.getTime() - from.getTime()) / 3_600_000;
    const due = hours(now) <= renewalWindowHours(profile, hours(certificate.notBefore));
    return due ? renewals + 1 : renewals;
}
