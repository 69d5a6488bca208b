import { CaBundle } from "../pki/caBundle";
import { caCertFile } from "../pki/caFiles";
import { Certificate, CertificateFacts } from "../pki/certificate";
import { NotExported } from "./errors";
import { Project, StackEntry } from "./project/project";
import { StackOutputs, stackOutputs } from "./project/stackOutputs";

/** A CA of a stack. */
export interface CaStatus {
    stack: string;
    /** Which CA of the stack: a root by its name, or the cluster's intermediate. Of a stack that links clusters, which token. */
    ca: string;
    /** What the stack reports about itself. */
    status: string;
    fingerprint?: string;
    /** ISO 8601. */
    notAfter?: string;
    /** The date from which an `up` renews it, ISO 8601; undefined if no `up` does. */
    renewFrom?: string;
}

/** The CAs of stacks: when they expire, and when they are renewed. */
export async function status(project: Project, entries: StackEntry[]): Promise<CaStatus[]> {
    const found = await project.each(entries, async ({ name, role }) => {
        const outputs = await stackOutputs(project, name);
        return role === "root"
            ? rootStatus(name, outputs)
            : role === "mesh"
              ? linksStatus(name, outputs)
              : role === ""
                ? programStatus(name, outputs)
                : clusterStatus(name, role, outputs);
    });
    return found.flat();
}

function rootStatus(stack: string, { roots = {}, root }: StackOutputs): CaStatus[] {
    return Object.entries(roots).map(([name, facts]) => ({
        stack,
        ca: `root ${name}`,
        status: facts.fingerprint === root?.fingerprint ? "signs" : "trusted",
        ...expiry(facts),
    }));
}

/** The tokens by which a cluster is read by the others. */
function linksStatus(stack: string, { links = {} }: StackOutputs): CaStatus[] {
    return Object.entries(links).flatMap(([cluster, { token }]) =>
        token
            ? [
                  {
                      stack,
                      ca: `token for ${cluster}`,
                      status: "linked",
                      notAfter: token.expires,
                      renewFrom: token.renewFrom,
                  },
              ]
            : [],
    );
}

/** A mesh that migrates has two CAs: the previous one signs until the stack's own takes over. */
export function clusterStatus(
    stack: string,
    role: string,
    { ca, status = "never deployed", previousCa, formerCa, files }: StackOutputs,
): CaStatus[] {
    const inUse = files && Certificate.all(files[caCertFile])[0]!.fingerprint;
    const previous = previousCa ?? formerCa;
    const previousSigns = previous !== undefined && previous.fingerprint === inUse;
    return [
        {
            stack,
            ca: role === "ready" ? "ready CA" : "intermediate",
            status: previousSigns ? `${status}, not plugged in` : status,
            ...(ca && { ...expiry(ca), renewFrom: ca.renewFrom }),
        },
        ...(previous
            ? [
                  {
                      stack,
                      ca: "previous CA",
                      status: previousSigns ? "signs" : "trusted",
                      ...expiry(previous),
                  },
              ]
            : []),
    ];
}

/** What a program of somebody else exports of its CA, as docs/library.md says: the public files of `cacerts`. */
export function programStatus(stack: string, outputs: StackOutputs): CaStatus[] {
    const bundle = outputs.files && CaBundle.parse(outputs.files);
    const { ca = bundle?.ca.facts, roots } = outputs;
    if (!ca && !roots) {
        throw new NotExported(stack, "files");
    }
    const trusted = (bundle?.roots ?? []).map(({ facts, subject }) => ({
        stack,
        ca: `root ${subject}`,
        status: bundle?.path.at(-1)?.fingerprint === facts.fingerprint ? "signs" : "trusted",
        ...expiry(facts),
    }));
    return [
        ...(roots ? rootStatus(stack, outputs) : trusted),
        ...(ca ? clusterStatus(stack, "", { status: "plugged in", ...outputs, ca }) : []),
    ];
}

function expiry({ fingerprint, notAfter }: CertificateFacts) {
    return { fingerprint, notAfter };
}
