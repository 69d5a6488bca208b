import pMap from "p-map";
import { caCertFile } from "../pki/caFiles";
import { Certificate, CertificateFacts } from "../pki/certificate";
import type { ClusterOutputs, EarlierOutputs, RootOutputs } from "../stacks/outputs";
import { Project, StackEntry } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/** A CA of a stack, and what becomes of it. */
export interface CaStatus {
    stack: string;
    /** Which root, or the cluster's intermediate. */
    ca: string;
    /** What the stack says of itself. */
    status: string;
    fingerprint?: string;
    /** ISO 8601. */
    notAfter?: string;
    /** From when on an `up` renews it, ISO 8601; absent where none does. */
    renewFrom?: string;
}

/** The CAs of stacks: what ends when, and what renews when. */
export async function status(project: Project, entries: StackEntry[]): Promise<CaStatus[]> {
    const found = await pMap(entries, async ({ name, role }) => {
        const outputs = await stackOutputs(project, name);
        return role === "root" ? rootStatus(name, outputs) : clusterStatus(name, role, outputs);
    });
    return found.flat();
}

function rootStatus(stack: string, { roots = {}, root }: Partial<RootOutputs>): CaStatus[] {
    return Object.entries(roots).map(([name, facts]) => ({
        stack,
        ca: `root ${name}`,
        status: facts.fingerprint === root?.fingerprint ? "signs" : "trusted",
        ...ends(facts),
    }));
}

/** A mesh that migrates has two: the previous CA signs until the stack's takes over. */
export function clusterStatus(
    stack: string,
    role: string,
    { ca, status = "never deployed", previousCa, formerCa, files }: Partial<ClusterOutputs & EarlierOutputs>,
): CaStatus[] {
    const atWork = files && Certificate.all(files[caCertFile])[0]!.fingerprint;
    const previous = previousCa ?? formerCa;
    const previousSigns = previous !== undefined && previous.fingerprint === atWork;
    return [
        {
            stack,
            ca: role === "ready" ? "ready CA" : "intermediate",
            status: previousSigns ? `${status}, not plugged in` : status,
            ...(ca && { ...ends(ca), renewFrom: ca.renewFrom }),
        },
        ...(previous
            ? [
                  {
                      stack,
                      ca: "previous CA",
                      status: previousSigns ? "signs" : "trusted",
                      ...ends(previous),
                  },
              ]
            : []),
    ];
}

function ends({ fingerprint, notAfter }: CertificateFacts) {
    return { fingerprint, notAfter };
}
