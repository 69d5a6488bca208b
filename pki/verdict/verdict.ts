import type { SigningCa } from "../caFiles";
import { EnvoyRefusal, envoyRefusal } from "./envoy";
import { askIstiod, IstiodAnswer } from "./istiod";

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
    /** Why the Envoys of its own cluster reject its workloads. */
    envoy: EnvoyRefusal | undefined;
    /** Why those of the other clusters do, in the order of `otherRootCerts`. */
    others: (EnvoyRefusal | undefined)[];
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
    return {
        istiod,
        envoy: refusal(ca.rootCert.text, ca.crl.text),
        others: otherRootCerts.map((roots) => refusal(roots)),
    };
}
