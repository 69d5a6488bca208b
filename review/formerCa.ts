import { shorten } from "../pki/certificate";
import { StackPreview } from "./preview";

/** What follows for a mesh that begins, changes or ends its move from the CA that it had before, in words. */
export function ofFormerCa({ before, after, outputs }: StackPreview): string[] {
    const change = outputs.find(({ name }) => name === "formerCa");
    if (!change) {
        return [];
    }
    const [old, next] = [before.formerCa, after.formerCa].map(
        (ca) => ca && `\`${shorten(ca.fingerprint)}\` (${ca.subject})`,
    );
    switch (change.how) {
        case "new":
            return [
                `The CA that the mesh had before, ${next}, joins this stack as \`formerCa\`: workloads trust it until the last step of the move.`,
            ];
        case "changed":
            return [`Another CA takes the place of ${old} as \`formerCa\`: ${next}.`];
        case "removed":
            return [
                `The CA that the mesh had before, ${old}, leaves this stack: its certificates are refused from the \`up\` on. \`npm run verify\` reports beforehand whether there are any.`,
            ];
    }
}
