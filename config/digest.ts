import { createHash } from "node:crypto";
import type { SettingsSource } from "./reader";
import type { Settings } from "./settings";

/**
 * The digest of a stack's settings with the content of the files that they name. It is public, so nothing secret enters it, not even
 * hashed: a short secret could be guessed from it.
 *
 * @returns undefined if the settings are no measure of what an `up` does: some are secret, or of another namespace, such as a
 *     provider's; they name what others maintain (the Secret of a previous or a ready CA) or may hold a secret (an IstioOperator file);
 *     or the role has no digest
 */
export function settingsDigest(settings: Settings, source: SettingsSource): string | undefined {
    const { encrypted, others = [] } = source;
    const comparable = settings.role === "root" || settings.role === "cluster";
    const mesh = settings.role === "root" ? undefined : settings.mesh;
    const unknown = mesh?.previousCa !== undefined || mesh?.istio.operator !== undefined;
    return comparable && !unknown && encrypted.length === 0 && others.length === 0
        ? digestOf(settings)
        : undefined;
}

/** SHA-256 of a value's JSON, hex; the same for every order of keys. */
export function digestOf(value: unknown): string {
    const sorted = JSON.stringify(value, (_, part: unknown) =>
        typeof part === "object" && part !== null && !Array.isArray(part)
            ? Object.fromEntries(Object.entries(part).sort(([one], [other]) => (one < other ? -1 : 1)))
            : part,
    );
    return createHash("sha256").update(sorted).digest("hex");
}
