import Table from "cli-table3";
import { caCertFile } from "../pki/bundle";
import { CertificateFacts, fingerprint, parseCertificates } from "../pki/certificates";
import type { ClusterOutputs, RootOutputs } from "../stacks/outputs";
import { currentProject, ProjectOption, stackCommand } from "./currentProject";
import { chosen, Project, StackEntry } from "./project";
import { main } from "./tasks";

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
    const found = await Promise.all(
        entries.map(async ({ name, role }) => {
            const outputs = await (await project.open(name)).outputs();
            const values = Object.fromEntries(
                Object.entries(outputs).map(([key, { value }]) => [key, value as unknown]),
            );
            return role === "root" ? rootStatus(name, values) : clusterStatus(name, role, values);
        }),
    );
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

/** A mesh that is moving has two: the one that it had before signs until the other takes over. */
export function clusterStatus(
    stack: string,
    role: string,
    { ca, status = "never deployed", formerCa, files }: Partial<ClusterOutputs>,
): CaStatus[] {
    const atWork = files && fingerprint(parseCertificates(files[caCertFile])[0]!);
    const formerSigns = formerCa !== undefined && formerCa.fingerprint === atWork;
    return [
        {
            stack,
            ca: role === "ready" ? "ready CA" : "intermediate",
            status: formerSigns ? `${status}, not plugged in` : status,
            ...(ca && { ...ends(ca), renewFrom: ca.renewFrom }),
        },
        ...(formerCa
            ? [{ stack, ca: "former CA", status: formerSigns ? "signs" : "trusted", ...ends(formerCa) }]
            : []),
    ];
}

function ends({ fingerprint, notAfter }: CertificateFacts) {
    return { fingerprint, notAfter };
}

/** For people: dates with the days that are left. */
export function statusTable(found: CaStatus[], now = new Date()): string {
    const days = (date: string) => Math.floor((Date.parse(date) - now.getTime()) / 86_400_000);
    const told = (date: string | undefined, none: string) =>
        date === undefined ? none : `${date.slice(0, 10)} (${days(date)} days)`;
    const table = new Table({
        style: { head: [], border: [] },
        head: ["Stack", "CA", "Status", "Fingerprint", "Ends", "Renewed by an up from"],
    });
    for (const { stack, ca, status, fingerprint, notAfter, renewFrom } of found) {
        const renews = told(renewFrom, notAfter === undefined ? "-" : "never by itself");
        table.push([stack, ca, status, fingerprint?.slice(0, 23) ?? "-", told(notAfter, "-"), renews]);
    }
    return table.toString();
}

/** The command, run where this file is the main module. */
export const program = stackCommand("status")
    .description("Tell of every stack's CA when it ends, and from when on an up renews it.")
    .argument("[stacks...]", "the stacks; default: root and the clusters")
    .option("--json", "print it as JSON")
    .action((names: string[], { json, ...options }: ProjectOption & { json?: boolean }) =>
        main(async () => {
            const project = await currentProject(options);
            const found = await status(project, chosen(project, names));
            console.log(json ? JSON.stringify(found, undefined, 4) : statusTable(found));
        }),
    );

if (require.main === module) {
    void program.parseAsync();
}
