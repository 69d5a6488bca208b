import type { Certificate } from "../pki/certificate";
import { withoutRepetitions } from "../pki/certificate";

/** The one certificate of a served chain that is not a CA's; undefined if there is none, or more than one. */
export function findLeaf(served: Certificate[]): Certificate | undefined {
    const leaves = withoutRepetitions(served.filter(({ node }) => !node.ca));
    return leaves.length === 1 ? leaves[0] : undefined;
}
