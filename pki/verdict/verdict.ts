import { agentRoots } from "../agentRoots";
import type { SigningCa } from "../caFiles";
import { EnvoyRefusal, envoyProgram, envoyRefusal } from "./envoy";
import { askIstiod, IstiodAnswer, istiodProgram } from "./istiod";

/** What a verdict depends on beyond the files. */
export interface VerdictConditions {
    now: Date;
    trustDomain: string;
    /** root-cert.pem of other clusters, whose Envoys are asked too. */
    otherRootCerts: string[];
}

/** The verdict of istiod's libraries and of Envoy's on a CA. */
export interface Verdict {
    istiod: IstiodAnswer;
    /** Why the Envoys of its own cluster reject its workloads: with the roots in the order in which agents hand them out. */
    envoy: EnvoyRefusal | undefined;
    /** Why an Envoy does that trusts the roots in their file's order. */
    inFileOrder: EnvoyRefusal | undefined;
    /** Why those of the other clusters do, in the order of `otherRootCerts`. */
    others: (EnvoyRefusal | undefined)[];
}

/** Loads both libraries, which takes as long as a verdict. */
export function prepareVerdict(): void {
    istiodProgram.load();
    envoyProgram.load();
}

/** Asks the libraries of istiod and of Envoy for their verdict on a CA. */
export function verdictOf(ca: SigningCa, conditions: VerdictConditions): Verdict {
    const { now, trustDomain, otherRootCerts } = conditions;
    const istiod = askIstiod({ ca, now, trustDomain });
    const { workload, served } = istiod.verdict;
    const issuer = istiod.caCert[0]?.der;
    const refusal = (roots: string, crls?: string): EnvoyRefusal | undefined => {
        if (workload === undefined || served === undefined || issuer === undefined) {
            return undefined;
        }
        const question = {
            now,
            leaf: Buffer.from(workload, "base64"),
            ca: Buffer.from(issuer, "base64"),
            served,
            roots,
            crls,
        };
        return (
            envoyRefusal({ ...question, purpose: "client" }) ??
            envoyRefusal({ ...question, purpose: "server" })
        );
    };
    const [roots, sorted] = [ca.rootCert.text, agentRoots(ca.rootCert.text)];
    const envoy = refusal(sorted, ca.crl.text);
    const inFileOrder = sorted === roots.trimEnd() ? envoy : refusal(roots, ca.crl.text);
    // istiod adds the roots' file to the chain as it is: what cannot be read in it is said of that file.
    const unreadable = envoy?.step === "chain" && inFileOrder?.step === "roots";
    return {
        istiod,
        envoy: unreadable ? inFileOrder : envoy,
        inFileOrder,
        others: otherRootCerts.map((each) => refusal(agentRoots(each))),
    };
}
