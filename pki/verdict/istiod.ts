import * as path from "node:path";
import type { CaFile, SigningCa } from "../caFiles";
import { WasmProgram } from "./wasmProgram";

/** A CA, the time for which it is judged, and the trust domain of its mesh. */
export interface IstiodQuestion {
    ca: SigningCa;
    now: Date;
    trustDomain: string;
}

/** A PEM block as Go's encoding/pem reads it. */
export interface Block {
    type: string;
    /** The line in which it begins, from 1. */
    line: number;
    /** Whether it has headers, which keep a certificate out of a pool of certificates. */
    headers: boolean;
    /** Base64; undefined for a private key. */
    der?: string;
    /** Why it is not a certificate, in Go's words; undefined if it is one. */
    fault?: string;
    /** Why it is not a CRL; undefined if it is one. */
    crlFault?: string;
    certificate?: { subject: string; issuer: string; isCA: boolean };
}

/** The step at which istiod rejects a CA; see istiod/verdict.go. */
export type IstiodStep =
    "parse" | "trust" | "parseKey" | "pair" | "parseChain" | "parseCRL" | "missingCRL" | "notCA" | "chainTTL";

/** What istiod, agents, webhooks and Go peers do with a CA. */
export interface IstiodAnswer extends Record<keyof SigningCa, Block[]> {
    verdict: {
        /** The step at which istiod rejects the CA when it starts, and its message; undefined if it accepts the CA. */
        step?: IstiodStep;
        start?: string;
        /** Whether a running istiod rejects it too. */
        reload?: boolean;
        /** A workload certificate below the CA, base64, and what is served after it, PEM; undefined if it is not a CA. */
        workload?: string;
        served?: string;
        /** Why Go rejects that certificate, as a server's and as a client's. */
        server?: string;
        client?: string;
        /** Why agents reject the certificate that istiod serves. */
        istiod?: string;
        /** Why istiod cannot write the roots into its webhooks. */
        webhook?: string;
    };
}

/** The names that istiod serves (getDNSNames of istio pilot/pkg/bootstrap/server.go); agents and webhooks ask for the first. */
const istiodNames = [
    "istiod.istio-system.svc",
    "istiod-remote.istio-system.svc",
    "istio-pilot.istio-system.svc",
];

export const istiodProgram = new WasmProgram(path.join(__dirname, "istiod.wasm.br"));

/** Asks Go for istiod's verdict on a CA. */
export function askIstiod(question: IstiodQuestion): IstiodAnswer {
    const json = JSON.stringify(istiodQuestion(question));
    return JSON.parse(istiodProgram.ask(Buffer.from(json)).toString()) as IstiodAnswer;
}

/** The question in the form that istiod/question.go reads. */
export function istiodQuestion({ ca, now, trustDomain }: IstiodQuestion): object {
    const bytes = ({ text }: CaFile) => Buffer.from(text).toString("base64");
    return {
        files: {
            caCert: bytes(ca.caCert),
            caKey: bytes(ca.caKey),
            certChain: bytes(ca.certChain),
            rootCert: bytes(ca.rootCert),
            crl: bytes(ca.crl),
        },
        now: now.toISOString(),
        workload: `spiffe://${trustDomain}/ns/default/sa/default`,
        istiod: istiodNames,
    };
}
