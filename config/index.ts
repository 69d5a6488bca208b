import * as pulumi from "@pulumi/pulumi";
import { withholdSecrets } from "../components/engineSecrets";
import { defaultTrustDomain } from "../pki/profile";
import { readMesh } from "./mesh";
import { readProfile } from "./profile";
import { ConfigReader, dnsLabel } from "./reader";
import { readReadyCa } from "./readyCa";
import { readClusters, readExistingRoot, readRevocation, readRoots } from "./root";
import { Settings } from "./settings";
import { readSigner } from "./signer";

const roles = ["root", "cluster", "standalone", "ready"] as const;

/**
 * Reads and checks this stack's settings, and keeps the secrets among them from every process that this one starts; Pulumi.yaml
 * declares and describes them.
 *
 * @throws pulumi.RunError with all faults at once: the key, the value, what is allowed and what to do.
 */
export function readSettings(reader = new ConfigReader(pulumi.getProject())): Settings {
    reader.refuseUnknown();
    const settings = readRole(reader);
    withholdSecrets();
    reader.throwFaults();
    return settings;
}

function readRole(reader: ConfigReader): Settings {
    const role = reader.oneOf("role", roles, true) ?? "root";
    const profile = readProfile(reader);
    const expiryGuardDays = reader.integer("expiryGuardDays", 0) ?? 30;
    if (role === "root") {
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
    const cluster = reader.text("cluster") ?? pulumi.getStack();
    if (!dnsLabel.test(cluster)) {
        reader.fault("cluster", cluster, "a DNS label: at most 63 of a-z, 0-9 and -", "name the cluster so");
    }
    const generation = reader.integer("generation", 1) ?? 1;
    const trustDomain = reader.text("trustDomain") ?? defaultTrustDomain;
    const mesh = reader.flag("deploy", true) ? readMesh(reader, trustDomain) : undefined;
    if (role === "standalone") {
        const protectRoot = reader.flag("protectRoot", true);
        if (mesh?.former) {
            const allowed = "nothing in the role standalone";
            reader.fault("formerCa", reader.text("formerCa"), allowed, "let the role be cluster or ready");
        }
        return { role, profile, cluster, generation, mesh, protectRoot };
    }
    const peers = reader.list("peers") ?? [];
    return role === "ready"
        ? { role, expiryGuardDays, cluster, peers, trustDomain, ...readReadyCa(reader), mesh }
        : { role, profile, expiryGuardDays, cluster, peers, generation, mesh, signer: readSigner(reader) };
}
