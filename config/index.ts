import { withholdSecrets } from "../components/engineSecrets";
import { readCluster, readDeploy, readGeneration, readTrustDomain } from "./cluster";
import { readLinks } from "./links";
import { readMesh } from "./mesh";
import { refuseFormerCa, renamedSettings } from "./previousCa";
import { readProfile } from "./profile";
import { programSource } from "./programSource";
import { settingsDigest } from "./digest";
import { ConfigReader, SettingsSource } from "./reader";
import { readReadyCa } from "./readyCa";
import { readClusters, readExistingRoot, readRevocation, readRoots } from "./root";
import { Settings } from "./settings";
import { readSigner } from "./signer";
import { readLabels, readWaves } from "./waves";

const roles = ["root", "cluster", "standalone", "ready", "mesh"] as const;

/**
 * Reads and checks this stack's settings, and keeps the secrets among them from every process that this one starts; Pulumi.yaml
 * declares and describes them.
 *
 * @throws pulumi.RunError with all faults at once: the key, the value, what is allowed and what to do.
 */
export function readSettings(source = programSource()): Settings {
    try {
        return settingsFrom(source);
    } finally {
        withholdSecrets();
    }
}

/** The same for a program that is not the stack's own, which was given no secrets. */
export function settingsFrom(source: SettingsSource): Settings {
    const reader = new ConfigReader(source);
    reader.refuseUnknown(renamedSettings);
    refuseFormerCa(reader);
    const settings = readRole(reader);
    reader.throwFaults();
    const digest = settingsDigest(settings, source);
    return digest === undefined ? settings : ({ ...settings, digest } as Settings);
}

function readRole(reader: ConfigReader): Settings {
    const role = reader.oneOf("role", roles, true) ?? "root";
    if (role === "mesh") {
        return { role, ...readLinks(reader) };
    }
    const profile = readProfile(reader);
    const expiryGuardDays = reader.integer("expiryGuardDays", 0) ?? 30;
    if (role === "root") {
        // What an `up` of stack root depends on leaves them out, but a mistake in them is reported with the others.
        readWaves(reader);
        return {
            role,
            profile,
            expiryGuardDays,
            clusters: readClusters(reader),
            ...readRoots(reader),
            ...readRevocation(reader),
            existing: readExistingRoot(reader),
            protectRoot: reader.flag("protectRoot", true),
        };
    }
    // The same holds for the labels of a cluster.
    readLabels(reader);
    const cluster = readCluster(reader);
    const generation = readGeneration(reader);
    const trustDomain = readTrustDomain(reader);
    const mesh = readDeploy(reader) ? readMesh(reader, cluster, trustDomain) : undefined;
    if (role === "standalone") {
        const protectRoot = reader.flag("protectRoot", true);
        if (mesh?.previousCa) {
            const allowed = "nothing in the role standalone";
            reader.fault(
                "previousCa",
                reader.text("previousCa"),
                allowed,
                "let the role be cluster or ready",
            );
        }
        return { role, profile, cluster, generation, mesh, protectRoot };
    }
    const peers = reader.list("peers") ?? [];
    return role === "ready"
        ? { role, expiryGuardDays, cluster, peers, trustDomain, ...readReadyCa(reader), mesh }
        : { role, profile, expiryGuardDays, cluster, peers, generation, mesh, signer: readSigner(reader) };
}
