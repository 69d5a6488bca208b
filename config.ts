import * as pulumi from "@pulumi/pulumi";
import { readCaFiles } from "./caSource";
import { ConfigReader, expandHome } from "./configReader";
import { keyFile } from "./pki/caFiles";
import { defaultTrustDomain } from "./pki/rules/checkCa";
import { rootFault, rootKeyFault } from "./pki/root";
import { CaProfile, KeyAlgorithm, keyAlgorithms, ProfileName, profiles } from "./pki/profile";
import { ExistingRoot, injections, MeshSettings, OutsideSigner, ReadySettings, Settings } from "./settings";

const signers = ["stack", "outside"] as const;

const roles = ["root", "cluster", "standalone", "ready"] as const;

/** A DNS label (RFC 1123): the cluster's name becomes part of resource names and of the certificate's subject. */
const clusterName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Reads and checks this stack's settings; Pulumi.yaml declares and describes them.
 *
 * @throws pulumi.RunError with all faults at once: the key, the value, what is allowed and what to do.
 */
export function readSettings(): Settings {
    const reader = new ConfigReader(pulumi.getProject());
    reader.refuseUnknown();
    const settings = readRole(reader);
    reader.throwFaults();
    return settings;
}

function readRole(reader: ConfigReader): Settings {
    const role = reader.oneOf("role", roles, true) ?? "root";
    const profile = readProfile(reader);
    if (role === "root") {
        const protectRoot = reader.flag("protectRoot", false);
        return { role, profile, clusters: readClusters(reader), existing: readRoot(reader), protectRoot };
    }
    const cluster = reader.text("cluster") ?? pulumi.getStack();
    if (!clusterName.test(cluster)) {
        reader.fault("cluster", cluster, "a DNS label: at most 63 of a-z, 0-9 and -", "name the cluster so");
    }
    const generation = reader.integer("generation", 1) ?? 1;
    const mesh = reader.flag("deploy", true) ? readMesh(reader) : undefined;
    if (role === "ready") {
        return { role, cluster, ...readCa(reader), mesh };
    }
    const common = { profile, cluster, generation, mesh };
    return role === "standalone"
        ? { role, ...common, protectRoot: reader.flag("protectRoot", false) }
        : { role, ...common, signer: readSigner(reader) };
}

/** The key may come apart from the rest, encrypted in the stack's settings. */
function readCa(reader: ConfigReader): Pick<ReadySettings, "source" | "files"> {
    const source = reader.text("caSource");
    const key = reader.secret("caKey");
    const allowed = "a folder with ca-cert.pem and so on, or the file of a Secret";
    if (source === undefined) {
        reader.fault("caSource", source, allowed, "name where the CA is; it is relative to the project");
        return { source: "", files: {} };
    }
    try {
        const files = readCaFiles(expandHome(source));
        return { source, files: key === undefined ? files : { ...files, [keyFile(files)]: key } };
    } catch {
        reader.fault("caSource", source, allowed, "correct the path; it is relative to the project");
        return { source, files: {} };
    }
}

function readSigner(reader: ConfigReader): string | OutsideSigner {
    const outside = reader.oneOf("signer", signers) === "outside";
    const certificate = reader.certificates("certificate");
    const trustBundle = reader.certificates("trustBundle");
    if (outside) {
        for (const [key, own, other] of [
            ["certificate", certificate, trustBundle],
            ["trustBundle", trustBundle, certificate],
        ] as const) {
            if (own === undefined && other !== undefined) {
                reader.fault(
                    key,
                    reader.text(key),
                    "both files or none",
                    "name the file that the outside signer gave",
                );
            }
        }
        return { certificate, trustBundle };
    }
    for (const key of ["certificate", "trustBundle"]) {
        if (reader.text(key) !== undefined) {
            reader.fault(
                key,
                reader.text(key),
                "nothing unless signer is outside",
                "set signer to outside, or remove it",
            );
        }
    }
    return reader.text("rootStack") ?? "root";
}

/** Both or none: a certificate without its key signs nothing. */
function readRoot(reader: ConfigReader): ExistingRoot | undefined {
    const certPem = reader.certificates("rootCertificate");
    const privateKeyPem = reader.secret("rootKey");
    if (certPem !== undefined && privateKeyPem !== undefined) {
        const fault = rootFault(certPem, new Date()) ?? rootKeyFault(certPem, privateKeyPem);
        if (fault !== undefined) {
            reader.fault(
                "rootCertificate",
                `a file whose certificate ${fault}`,
                "a root CA valid now and its key",
                "name a root that may sign CAs, and set rootKey to its key",
            );
        }
        return { certPem, privateKeyPem };
    }
    if (certPem !== undefined) {
        reader.fault(
            "rootKey",
            undefined,
            "the key of rootCertificate, as a secret",
            `pulumi config set --secret rootKey --stack ${pulumi.getStack()} < file`,
        );
    }
    if (privateKeyPem !== undefined && reader.text("rootCertificate") === undefined) {
        reader.fault(
            "rootCertificate",
            undefined,
            "the file of the certificate that rootKey belongs to, PEM",
            "name it, or remove rootKey",
        );
    }
    return undefined;
}

function readProfile(reader: ConfigReader): CaProfile {
    const name = reader.oneOf("profile", Object.keys(profiles) as ProfileName[]) ?? "default";
    const preset: CaProfile = profiles[name];
    const profile: CaProfile = {
        ...preset,
        keyAlgorithm:
            reader.oneOf("keyAlgorithm", Object.keys(keyAlgorithms) as KeyAlgorithm[]) ?? preset.keyAlgorithm,
        rootValidityDays: reader.integer("rootValidityDays", 0) || preset.rootValidityDays,
        intermediateValidityDays:
            reader.integer("intermediateValidityDays", 0) || preset.intermediateValidityDays,
        renewalWindowDays: reader.integer("renewalWindowDays", 0) || preset.renewalWindowDays,
    };
    const { rootValidityDays, intermediateValidityDays, renewalWindowDays } = profile;
    if (intermediateValidityDays > rootValidityDays) {
        const allowed = `at most rootValidityDays, ${rootValidityDays}: an intermediate must not outlive its root`;
        reader.fault(
            "intermediateValidityDays",
            intermediateValidityDays,
            allowed,
            "lower it or raise rootValidityDays",
        );
    }
    if (renewalWindowDays >= intermediateValidityDays) {
        const allowed = `less than intermediateValidityDays, ${intermediateValidityDays}, or every \`up\` would renew`;
        reader.fault(
            "renewalWindowDays",
            renewalWindowDays,
            allowed,
            "lower it or raise intermediateValidityDays",
        );
    }
    return profile;
}

function readClusters(reader: ConfigReader): string[] {
    const clusters = reader.list("clusters") ?? [];
    for (const cluster of clusters.filter((name) => !clusterName.test(name))) {
        reader.fault(
            "clusters",
            cluster,
            "DNS labels: at most 63 of a-z, 0-9 and -",
            "name the cluster's stack so",
        );
    }
    if (new Set(clusters).size < clusters.length) {
        reader.fault("clusters", clusters.join(", "), "each cluster once", "remove the repeated name");
    }
    return clusters;
}

function readMesh(reader: ConfigReader): MeshSettings {
    const context = reader.text("context");
    if (context === undefined) {
        const remedy =
            "name the context of the cluster, see `kubectl config get-contexts`, or set deploy to false";
        reader.fault("context", undefined, "a context of the kubeconfig", remedy);
    }
    const istioSet = reader.list("istioSet") ?? [];
    for (const value of istioSet.filter((item) => !/^[^=\s]+=/.test(item))) {
        reader.fault("istioSet", value, "path=value", "write it as for `istioctl install --set`");
    }
    return {
        kubeconfig: expandHome(reader.text("kubeconfig") ?? process.env["KUBECONFIG"] ?? "~/.kube/config"),
        context: context ?? "",
        trustDomain: reader.text("trustDomain") ?? defaultTrustDomain,
        istioProfile: reader.text("istioProfile") ?? "demo",
        istioSet,
        istioOperator: reader.file("istioOperator"),
        workloads: reader.flag("workloads", true),
        injection: reader.oneOf("injection", injections) ?? "label",
        verification: reader.flag("verification", true),
        verificationTimeoutSeconds: reader.integer("verificationTimeoutSeconds", 1) ?? 180,
    };
}
