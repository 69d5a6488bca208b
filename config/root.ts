import { inlineSecret, inlineSecretRemedy } from "../pki/signCommand";
import { rootFault, rootKeyFault } from "../pki/root";
import { ConfigReader, dnsLabel } from "./reader";
import { ExistingRoot, firstRootName, RootSettings } from "./settings";

/** The clusters that stack root signs for. */
export function readClusters(reader: ConfigReader): string[] {
    return readNames(reader, "clusters", "name the cluster's stack so");
}

/** The roots that are trusted, and which of them signs. */
export function readRoots(reader: ConfigReader): Pick<RootSettings, "roots" | "signingRoot"> {
    const named = readNames(reader, "roots", "name the root so");
    const roots = named.length > 0 ? named : [firstRootName];
    const signingRoot = reader.text("signingRoot") ?? roots[0]!;
    if (!roots.includes(signingRoot)) {
        reader.fault("signingRoot", signingRoot, roots.join(", "), "name one of roots, or add it to them");
    }
    return { roots, signingRoot };
}

/** A CA that is revoked, as the cluster and the generation of its key. */
export const generationName = /^([a-z0-9-]+)\/([1-9]\d*)$/;
const serialNumber = /^[0-9a-f]{1,40}$/i;

/** Whether there are certificate revocation lists, and what they revoke. */
export function readRevocation(reader: ConfigReader): Pick<RootSettings, "crls" | "revoked"> {
    const crls = reader.flag("crls", false);
    const revoked = reader.list("revoked") ?? [];
    for (const name of revoked.filter((each) => !generationName.test(each) && !serialNumber.test(each))) {
        const remedy = "name it as stack root's output issued does";
        reader.fault("revoked", name, "cluster/generation, as cluster1/2, or a serial number, hex", remedy);
    }
    if (revoked.length > 0 && !crls) {
        reader.fault("revoked", revoked.join(", "), "nothing without crls", "set crls to true");
    }
    if (crls && reader.text("profile") === "makefile") {
        const remedy = "remove crls or profile: Istio's tools/certs makes CAs without cRLSign";
        reader.fault("crls", "true", "false with profile makefile", remedy);
    }
    return { crls, revoked };
}

function readNames(reader: ConfigReader, key: string, remedy: string): string[] {
    const names = reader.list(key) ?? [];
    for (const name of names.filter((each) => !dnsLabel.test(each))) {
        reader.fault(key, name, "DNS labels: at most 63 of a-z, 0-9 and -", remedy);
    }
    if (new Set(names).size < names.length) {
        reader.fault(key, names.join(", "), "each name once", "remove the repeated one");
    }
    return names;
}

/** A root CA that exists already: its certificate, and either its key or a command that signs with it. */
export function readExistingRoot(reader: ConfigReader): ExistingRoot | undefined {
    const certPem = reader.certificates("rootCertificate");
    const privateKeyPem = reader.secret("rootKey");
    const signCommand = reader.text("signCommand");
    const inline = signCommand && inlineSecret(signCommand);
    if (inline !== undefined) {
        reader.fault(
            "signCommand",
            `a command with ${inline}…`,
            "one without a PIN or a passphrase, which every process on the machine could read among its arguments",
            inlineSecretRemedy,
        );
    }
    if (privateKeyPem !== undefined && signCommand !== undefined) {
        reader.fault(
            "rootKey",
            "set beside signCommand",
            "one of the two",
            "remove rootKey if the key is to stay outside",
        );
    }
    if (signCommand !== undefined && reader.text("profile") === "makefile") {
        reader.fault(
            "profile",
            "makefile",
            "default if signCommand signs",
            "remove profile, or sign with rootKey",
        );
    }
    if (certPem === undefined) {
        refuseLoneSigner(reader);
        return undefined;
    }
    if (privateKeyPem === undefined && signCommand === undefined) {
        reader.fault(
            "rootKey",
            undefined,
            "the key of rootCertificate, as a secret; or signCommand, which signs with it",
            `pulumi config set --secret rootKey --stack ${reader.stack} < file`,
        );
        return undefined;
    }
    const fault =
        rootFault(certPem, new Date()) ??
        (privateKeyPem === undefined ? undefined : rootKeyFault(certPem, privateKeyPem));
    if (fault !== undefined) {
        reader.fault(
            "rootCertificate",
            `a file whose certificate ${fault}`,
            "a root CA valid now and its key",
            "name a root that may sign CAs, and set rootKey to its key",
        );
    }
    return privateKeyPem === undefined ? { certPem, signCommand: signCommand! } : { certPem, privateKeyPem };
}

/** What signs is nothing without the certificate that it signs for. */
function refuseLoneSigner(reader: ConfigReader): void {
    const key = ["rootKey", "signCommand"].find((each) => reader.text(each) !== undefined);
    if (key !== undefined && reader.text("rootCertificate") === undefined) {
        reader.fault(
            "rootCertificate",
            undefined,
            `the file of the certificate that ${key} belongs to, PEM`,
            `name it, or remove ${key}`,
        );
    }
}
