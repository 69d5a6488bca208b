import { MigrationStage, migrationStages } from "../pki/previousCa";
import { ConfigReader } from "./reader";
import { ClusterAccess, PreviousCaSettings } from "./meshSettings";

/**
 * The CA that a live mesh has used until now, and how far the mesh has migrated from it; undefined once it trusts its own CA alone.
 */
export function readPreviousCa(reader: ConfigReader, access: ClusterAccess): PreviousCaSettings | undefined {
    const secret = reader.text("previousCa");
    const stage = readMigrationStage(reader);
    if (secret === undefined) {
        return undefined;
    }
    const [namespace = "", name = "", ...rest] = secret.split("/");
    if (!namespace || !name || rest.length > 0) {
        const allowed = "namespace/name of the Secret with the CA that istiod has used until now";
        reader.fault("previousCa", secret, allowed, "set it to istio-system/istio-ca-secret, Istio's own");
    }
    return stage === "trust-own" ? undefined : { ...access, namespace, name, stage };
}

/** The stage that the settings ask for. Without a previous CA the mesh trusts its own CA alone. */
export function readMigrationStage(reader: ConfigReader): MigrationStage {
    const stage = reader.oneOf("migration", migrationStages) ?? "trust-both";
    return reader.text("previousCa") === undefined ? "trust-own" : stage;
}

/** Names that settings had in an earlier version. */
export const renamedSettings = ["formerCa"];

/** In an earlier version the previous CA was in `formerCa`, and `roots` and `signingRoot` said how far the mesh had migrated. */
export function refuseFormerCa(reader: ConfigReader): void {
    const formerCa = reader.text("formerCa");
    if (formerCa === undefined) {
        return;
    }
    const given = reader.list("roots") ?? [];
    const ownSigns = (reader.text("signingRoot") ?? given[0]) === "own";
    const trustsOwn = given.length === 0 || given.includes("own");
    const trustsPrevious = given.length === 0 || given.some((name) => name !== "own");
    const stage = !trustsOwn ? "trust-previous" : ownSigns ? "sign-own" : "trust-both";
    const old = ["formerCa", "roots", "signingRoot"].filter((key) => reader.text(key) !== undefined);
    const commands = [
        ...(trustsPrevious ? [`set previousCa ${formerCa}`, `set migration ${stage}`] : []),
        ...old.map((key) => `rm ${key}`),
    ].map((command) => `\`pulumi config ${command} --stack ${reader.stack}\``);
    const allowed =
        "nothing: the setting is previousCa now, and migration says how far the mesh has migrated";
    reader.fault("formerCa", formerCa, allowed, `run ${commands.join(", ")}`);
}
