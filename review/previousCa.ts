import { shorten } from "../pki/certificate";
import { StackPreview } from "./preview";

/** What it means that a mesh begins, changes or completes the migration from its previous CA, in words. */
export function ofPreviousCa({ before, after, outputs }: StackPreview): string[] {
    // The output's name was formerCa in an earlier version.
    const changed = outputs.some(({ name }) => name === "previousCa" || name === "formerCa");
    const [old, next] = [before.previousCa, after.previousCa].map(
        (ca) => ca && `\`${shorten(ca.fingerprint)}\` (${ca.subject})`,
    );
    if (!changed || old === next) {
        return [];
    }
    if (!old) {
        return [
            `The previous CA of the mesh, ${next}, joins this stack as \`previousCa\`: workloads trust it until the last step of the migration.`,
        ];
    }
    return next
        ? [`Another CA takes the place of ${old} as \`previousCa\`: ${next}.`]
        : [
              `The previous CA of the mesh, ${old}, leaves this stack: from this \`up\` on its certificates are rejected. \`npm run verify\` reports beforehand whether there are any.`,
          ];
}
