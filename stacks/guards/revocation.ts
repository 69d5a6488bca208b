import { issuerOf } from "../../pki/issuer";
import { IssuedCertificate } from "../outputs";
import { Refusal } from "../refusal";
import { RootChange } from "../rootChange";

/** A misspelled entry would revoke nothing. */
export async function revokedUnknown({
    last,
    revocation,
}: Pick<RootChange, "last" | "revocation">): Promise<Refusal | undefined> {
    const { unknown } = await revocation();
    return unknown.length === 0
        ? undefined
        : {
              id: "revoked-unknown",
              found: `revoked names ${unknown.join(", ")}, but no certificate of that name is valid or was revoked before. Known are ${known(last.issued ?? {})}.`,
              remedy: "Correct the entry, or remove it if its certificate has expired.",
          };
}

/** The workloads of its cluster would be rejected. */
export async function revokedInUse({
    revocation,
}: Pick<RootChange, "revocation">): Promise<Refusal | undefined> {
    const { inUse } = await revocation();
    const clusters = [...new Set(inUse.map(({ cluster }) => cluster))].join(", ");
    return inUse.length === 0
        ? undefined
        : {
              id: "revoked-in-use",
              found: inUse
                  .map(
                      ({ name, cluster }) =>
                          `revoked names ${name}, which cluster ${cluster} has plugged in: its workloads would be rejected.`,
                  )
                  .join("\n    "),
              remedy: `Give ${clusters} a new key first (generation), or remove ${clusters} from clusters to cut it off.`,
          };
}

/** A CRL names serial numbers, so another certificate for the same key would be accepted again. */
export async function keyRevoked({
    last,
    revocation,
    signable,
}: Pick<RootChange, "last" | "revocation" | "signable">): Promise<Refusal | undefined> {
    const [{ revoked }, { requests }] = [await revocation(), await signable()];
    const keyIds = Object.keys(revoked).map((serial) => last.issued?.[serial]?.keyId);
    const faults = Object.entries(requests).flatMap(([cluster, { generation, pem }]) =>
        keyIds.includes(issuerOf(pem).keyId) ? [{ cluster, next: generation + 1 }] : [],
    );
    return faults.length === 0
        ? undefined
        : {
              id: "key-revoked",
              found: faults
                  .map(
                      ({ cluster }) => `Cluster ${cluster} asks for a certificate for a key that is revoked.`,
                  )
                  .join("\n    "),
              remedy: faults
                  .map(
                      ({ cluster, next }) =>
                          `Set generation of ${cluster} to ${next} for a new key and run \`pulumi up\` there.`,
                  )
                  .join("\n    "),
          };
}

function known(issued: Record<string, IssuedCertificate>): string {
    const names = Object.values(issued).map(({ cluster, generation }) => `${cluster}/${generation}`);
    return [...new Set(names)].sort().join(", ") || "none";
}
