import type { Cell } from "../verify/matrixReport";
import { tokensOf, TrustFacts } from "./trustFacts";

/** How urgent something is, the most urgent first. */
export const severities = ["fault", "due", "under way"] as const;
export type Severity = (typeof severities)[number];

/** Something that somebody should know, and what to do about it. */
export interface Finding {
    severity: Severity;
    /** The stack that it is about. */
    stack: string;
    found: string;
    next: string;
}

/** What expires. */
interface Expiring {
    stack: string;
    /** Such as: The CA of cluster1. */
    what: string;
    notAfter: string;
    /** From when an `up` renews it. */
    renewFrom?: string | undefined;
    remedy: string;
}

/** From how many days before it expires something is reported that no `up` renews. */
const noticeDays = 30;

const renewed = "`npm run up` renews it.";

/** What is wrong, what is due and what is under way: the worst first. */
export function findingsOf(facts: TrustFacts, now: Date): Finding[] {
    const found = [
        ...matrixFaults(facts),
        ...missing(facts),
        ...expiring(facts).flatMap((each) => expiry(each, now)),
        ...rotations(facts),
        ...migrations(facts),
        ...facts.withheld.map(({ stack, cluster }): Finding => {
            const next = `\`npm run up -- ${stack} ${cluster}\`.`;
            return { severity: "under way", stack, found: `${stack} has yet to sign for ${cluster}.`, next };
        }),
    ];
    return found.sort((one, other) => severities.indexOf(one.severity) - severities.indexOf(other.severity));
}

/** One finding for each cluster that explains the most of what fails. */
function matrixFaults({ meshes }: TrustFacts): Finding[] {
    return meshes.flatMap(({ links, matrix }) =>
        [...blamed(matrix?.cells ?? [])].map(([cluster, cells]): Finding => {
            const { from, to, fault = "unknown", found = "nothing", remedy = "" } = cells[0]!;
            const others = cells.length > 1 ? ` (and ${cells.length - 1} more, from or to ${cluster})` : "";
            return {
                severity: "fault",
                stack: links[cluster]?.stack ?? cluster,
                found: `Requests from ${from} to ${to}${others} are not as they should be, ${fault}: ${found}.`,
                next: remedy,
            };
        }),
    );
}

/** The cells that are not as expected, by the cluster that has the most of them: the most first. */
export function blamed(cells: Cell[]): Map<string, Cell[]> {
    const bad = cells.filter(({ ok }) => !ok);
    const counts = new Map<string, number>();
    bad.flatMap(({ from, to }) => [from, to]).forEach((name) =>
        counts.set(name, (counts.get(name) ?? 0) + 1),
    );
    const by = Map.groupBy(bad, ({ from, to }) => (counts.get(from)! > counts.get(to)! ? from : to));
    return new Map([...by].sort(([, one], [, other]) => other.length - one.length));
}

function missing({ clusters }: TrustFacts): Finding[] {
    return clusters
        .filter(({ ca }) => ca === undefined)
        .map(({ stack, status }) => ({
            severity: "under way",
            stack,
            found: `${stack} has no CA plugged in: ${status}.`,
            next: `\`npm run up -- ${stack}\`, with the stack that signs for it if it is one of this project.`,
        }));
}

function expiring({ roots, clusters, meshes }: TrustFacts): Expiring[] {
    return [
        ...roots.map(({ stack = "", name, notAfter }) => ({
            stack,
            what: `Root ${name}`,
            notAfter,
            remedy: "Replace it: `npm run rotate`; one that is kept outside of this project, where it is kept.",
        })),
        ...clusters.flatMap(({ stack, ca }) =>
            ca
                ? [
                      {
                          stack,
                          what: `The CA of ${stack}`,
                          notAfter: ca.notAfter,
                          renewFrom: ca.renewFrom,
                          remedy: ca.renewFrom
                              ? renewed
                              : "No `up` renews it: have it signed again, or see the setting renewalDays.",
                      },
                  ]
                : [],
        ),
        ...tokensOf(meshes).map(({ stack, cluster, expires, renewFrom }) => ({
            stack,
            what: `The token by which ${cluster} is read`,
            notAfter: expires,
            renewFrom,
            remedy: renewed,
        })),
    ];
}

function expiry({ stack, what, notAfter, renewFrom, remedy }: Expiring, now: Date): Finding[] {
    const days = Math.floor((Date.parse(notAfter) - now.getTime()) / 86_400_000);
    if (days < 0) {
        const found = `${what} expired on ${date(notAfter)}.`;
        return [{ severity: "fault", stack, found, next: remedy }];
    }
    const due = renewFrom ? Date.parse(renewFrom) <= now.getTime() : days < noticeDays;
    const found = `${what} expires on ${date(notAfter)}, in ${days} ${days === 1 ? "day" : "days"}.`;
    return due ? [{ severity: "due", stack, found, next: remedy }] : [];
}

function rotations({ roots, clusters }: TrustFacts): Finding[] {
    return [...Map.groupBy(roots, ({ stack }) => stack)].flatMap(
        ([stack, [from, to, ...more]]): Finding[] => {
            if (stack === undefined || to === undefined || more.length > 0) {
                return [];
            }
            const signing = from!.signs ? from! : to;
            const trustBoth = clusters.filter(({ trusts }) => trusts.includes(from!.fingerprint));
            const below = trustBoth.filter(({ root }) => root === signing.fingerprint);
            const step = from!.signs ? `Sign with ${to.name}` : `Trust ${to.name} alone`;
            return [
                {
                    severity: "under way",
                    stack,
                    found: `${from!.name} is being replaced by ${to.name}: ${signing.name} signs, and ${below.length} of ${trustBoth.length} clusters have a CA below it.`,
                    next: `The next step is “${step}”: \`npm run rotate -- ${stack}\`. Back to ${from!.name}: \`npm run rotate -- ${stack} --back\`.`,
                },
            ];
        },
    );
}

function migrations({ clusters }: TrustFacts): Finding[] {
    return clusters.flatMap(({ stack, previousCa }): Finding[] =>
        previousCa
            ? [
                  {
                      severity: "under way",
                      stack,
                      found: `${stack} is leaving its previous CA, which ${previousCa.signs ? "still signs" : "is still trusted"}.`,
                      next: `\`npm run migrate -- ${stack}\`.`,
                  },
              ]
            : [],
    );
}

function date(iso: string): string {
    return iso.slice(0, 10);
}
