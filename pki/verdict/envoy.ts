import * as path from "node:path";
import { WasmProgram } from "./wasmProgram";

/** What BoringSSL is asked: whether an Envoy trusts what a workload of a CA serves. */
export interface EnvoyQuestion {
    now: Date;
    /** What the workload is to the Envoy that verifies it. */
    purpose: "client" | "server";
    /** The workload's certificate, DER; its signature is not checked if the CA's key would have to verify it. */
    leaf: Buffer;
    /** The CA that signs it, DER. */
    ca: Buffer;
    /** What it serves after its own certificate, PEM. */
    served: string;
    /** The roots that are trusted, PEM. */
    roots: string;
    /** PEM. Default: none. */
    crls?: string;
}

/** Why an Envoy does not trust a workload. */
export interface EnvoyRefusal {
    /** What BoringSSL cannot read, or `verify`. */
    step: "chain" | "roots" | "crls" | "verify";
    /** BoringSSL's X509_V_ERR_…; 0 if something cannot be read. */
    code: number;
    /** The position in the chain; 0 is the workload's certificate. */
    depth: number;
    /** In BoringSSL's words. */
    reason: string;
    /** The certificate that it is about, DER. */
    certificate: Buffer | undefined;
}

const steps = ["trusted", "chain", "roots", "crls", "verify"] as const;

export const envoyProgram = new WasmProgram(path.join(__dirname, "envoy.wasm.br"));

/** Verifies a workload with BoringSSL, as Envoy does; undefined if Envoy trusts it. */
export function envoyRefusal(question: EnvoyQuestion): EnvoyRefusal | undefined {
    const { now, purpose, leaf, ca, served, roots, crls = "" } = question;
    const seconds = Buffer.alloc(8);
    seconds.writeBigInt64LE(BigInt(Math.floor(now.getTime() / 1000)));
    const parts = [seconds, purpose, leaf, ca, served, roots, crls].map((part) =>
        Buffer.from(part as Buffer),
    );
    const answer = envoyProgram.ask(Buffer.concat(parts.flatMap((part) => [size(part), part])));
    const [step, code, depth, length] = [0, 4, 8, 12].map((offset) => answer.readUInt32LE(offset)) as [
        number,
        number,
        number,
        number,
    ];
    const name = steps[step]!;
    return name === "trusted"
        ? undefined
        : {
              step: name,
              code,
              depth,
              reason: answer.toString("utf8", 16, 16 + length),
              certificate: answer.length > 16 + length ? answer.subarray(16 + length) : undefined,
          };
}

function size(part: Buffer): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32LE(part.length);
    return bytes;
}
