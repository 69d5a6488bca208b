import type { SigningCa } from "../caFiles";
import { EnvoyRefusal, envoyRefusal } from "./envoy";
import { askIstiod, IstiodAnswer } from "./istiod";

/** What is judged, and when. */
export interface VerdictConditions {
    now: Date;
    trustDomain: string;
    /** root-cert.pem of other clusters, whose Envoys judge too. */
    otherRootCerts: string[];
}

/** What istiod's code and Envoy's library say of a CA. */
export interface Verdict {
    istiod: IstiodAnswer;
    /** Why the Envoys of its own cluster refuse its workloads. */
    envoy: EnvoyRefusal | undefined;
    /** Why those of the other clusters do, in their order. */
    others: (EnvoyRefusal | undefined)[];
}

/** Has a CA judged by what will judge it. */
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
