import { MockResourceArgs } from "@pulumi/pulumi/runtime/mocks";
import { issuerOf } from "../../../pki/issuer";
import { csr, KeyPair, newKey, privatePem, publicPem, selfSigned, signedAsAsked } from "../../pki";
import { Certificate } from "../../../pki/certificate";

/** What the state of a stack holds, and how its providers answer. */
export interface Held {
    /** What LocallySignedCert answers; default: what it was asked to sign. */
    certPem?: string;
    /** The keys that the stack's state holds, by the names of their resources; any other is new. */
    keys?: Record<string, KeyPair>;
    /** The certificates that it holds, PEM, in the same way. */
    certificates?: Record<string, string>;
    /** When every token expires. */
    tokenExpires?: string;
    /** What Commands print, by their names. */
    commands?: Record<string, (inputs: Record<string, unknown>) => Promise<string>>;
    /** What `Secret.get` and its kin read, by the names of their resources. */
    objects?: Record<string, object>;
}

/** The token of every ServiceAccount, and when it expires. */
export const token = "a-token";
export const tokenExpires = "2099-01-01T00:00:00Z";

/** Whether an input was sent to the engine as a secret. */
export function isSecret(input: unknown): boolean {
    return typeof input === "object" && input !== null && "4dabf18193072939515e22adb298388d" in input;
}

/** By the private key, PEM. */
const keys = new Map<string, KeyPair>();

/** What the providers make of a resource: real keys, requests and certificates. */
export async function newResource({ type, name, inputs: sent }: MockResourceArgs, options: Held) {
    const id = `${name}-id`;
    const inputs = Object.fromEntries(
        Object.entries(sent as object).map(([key, value]) => [key, unwrapped(value)]),
    );
    return { id, state: { ...inputs, ...(await state(type, name, inputs as Inputs, options)) } };
}

type Inputs = Record<string, string> & { subject?: { locality?: string } };

/** What the providers would add to a resource's inputs. */
async function state(
    type: string,
    name: string,
    inputs: Inputs,
    { certPem, keys: held = {}, certificates = {}, tokenExpires: expires = tokenExpires, ...more }: Held,
): Promise<object> {
    switch (type) {
        case "tls:index/privateKey:PrivateKey": {
            const pair = held[name] ?? (await newKey());
            const privateKeyPem = await privatePem(pair);
            keys.set(privateKeyPem, pair);
            return { privateKeyPem, privateKeyPemPkcs8: privateKeyPem, publicKeyPem: await publicPem(pair) };
        }
        case "tls:index/selfSignedCert:SelfSignedCert":
            return { certPem: certificates[name] ?? (await selfSigned(pairOf(inputs["privateKeyPem"]))) };
        case "tls:index/certRequest:CertRequest": {
            const subject = `O=Istio, L=${inputs.subject?.locality}, CN=Intermediate CA`;
            const pair = pairOf(inputs["privateKeyPem"]);
            const certRequestPem = await csr(pair, { subject });
            return { certRequestPem };
        }
        case "tls:index/locallySignedCert:LocallySignedCert": {
            if (certPem !== undefined) {
                return { certPem };
            }
            const issuer = { keys: pairOf(inputs["caPrivateKeyPem"]), pem: inputs["caCertPem"]! };
            const held = certificates[name];
            const signed = held !== undefined && isFor(held, inputs["certRequestPem"]!);
            return { certPem: signed ? held : await signedAsAsked(inputs["certRequestPem"]!, issuer) };
        }
        case "kubernetes:core/v1:Service":
            return { status: { loadBalancer: { ingress: [{ ip: "10.0.0.1" }] } } };
        case "command:local:Command": {
            if (inputs["create"]?.includes("remote-token.sh")) {
                return { stdout: `${expires} ${token}\nca of ${name}\n` };
            }
            const command = more.commands?.[name];
            if (command) {
                return { stdout: await command(inputs) };
            }
            const signs = inputs["stdin"]?.includes("csrPem");
            return {
                stdout: signs ? await selfSigned(await newKey()) : JSON.stringify({ verdict: "passed" }),
            };
        }
        default:
            return more.objects?.[name] ?? {};
    }
}

/** Whether a certificate was made for the key of a request. */
function isFor(certPem: string, csrPem: string): boolean {
    const key = issuerOf(csrPem).publicKey;
    return Certificate.all(certPem)[0]!.publicKey.equals(key);
}

function unwrapped(input: unknown): unknown {
    return isSecret(input) ? (input as { value: unknown }).value : input;
}

function pairOf(pem: string | undefined): KeyPair {
    return keys.get(pem!)!;
}
