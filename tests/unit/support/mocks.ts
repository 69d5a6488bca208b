import { createPublicKey, X509Certificate } from "node:crypto";
import * as pulumi from "@pulumi/pulumi";
import { MockCallArgs, MockMonitor, MockResourceArgs } from "@pulumi/pulumi/runtime/mocks";
import { csrPublicKeyPem } from "../../../pki/csr";
import { csr, KeyPair, newKey, privatePem, publicPem, selfSigned, signedAsAsked } from "../../pki";
import { logged } from "./logs";

/** A resource as the program registered it. */
export interface Registered {
    type: string;
    name: string;
    parent: string;
    /** `type name` of what it waits for. */
    dependencies: string[];
    /** As sent to the engine: secrets are wrapped. */
    inputs: Record<string, unknown>;
    options: RegisteredOptions;
}

/** The resource options that decide what is deleted, replaced and kept, as sent to the engine. */
export interface RegisteredOptions {
    protect: boolean;
    retainOnDelete: boolean;
    ignoreChanges: string[];
    /** `type name`, as of the provider; empty where there is none. */
    deletedWith: string;
    provider: string;
}

export interface MockedProgram<T> {
    /** What it returned, resolved. */
    outputs: T;
    resources: Registered[];
    /** What it warned of, and what it told besides, in its order. */
    logs: string[];
    /** The resource of this type and name. */
    find(type: string, name: string): Registered;
}

export interface MockOptions {
    stack?: string;
    config?: Record<string, string>;
    /** The outputs of other stacks, by their full names. The stack `missing` does not exist. */
    stacks?: Record<string, Record<string, unknown>>;
    preview?: boolean;
    /** What LocallySignedCert answers; default: what it was asked to sign. */
    certPem?: string;
    /** The keys that the stack's state holds, by the names of their resources; any other is new. */
    keys?: Record<string, KeyPair>;
    /** The certificates that it holds, PEM, in the same way. */
    certificates?: Record<string, string>;
    /** Told of every resource, also where the program fails later. */
    onRegister?: (name: string, type: string) => void;
}

/** Runs a program against mocks that make real keys, requests and certificates. */
export async function runMocked<T>(
    program: () => T | Promise<T>,
    options: MockOptions = {},
): Promise<MockedProgram<pulumi.Unwrap<T>>> {
    const registered: Registered[] = [];
    // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its `this` below
    const original = MockMonitor.prototype.registerResource;
    MockMonitor.prototype.registerResource = function (
        this: MockMonitor,
        request: RegisterRequest,
        callback: never,
    ) {
        options.onRegister?.(request.getName(), request.getType());
        registered.push({
            type: request.getType(),
            name: request.getName(),
            parent: shortName(request.getParent()),
            dependencies: request.getDependenciesList().map(shortName),
            inputs: request.getObject().toJavaScript(),
            options: {
                protect: request.getProtect(),
                retainOnDelete: request.getRetainondelete(),
                ignoreChanges: request.getIgnorechangesList(),
                deletedWith: shortName(request.getDeletedwith()),
                provider: shortName(request.getProvider()),
            },
        });
        return original.call(this, request, callback);
    } as typeof original;
    try {
        await pulumi.runtime.setMocks(
            { newResource: (args) => newResource(args, options), call: (args) => call(args, options) },
            "istio-plugin-ca",
            options.stack ?? "cluster1",
            options.preview ?? false,
            "organization",
        );
        // None that a developer may have, so that no test asks a real cluster.
        const config = Object.entries({ kubeconfig: "none", ...options.config });
        pulumi.runtime.setAllConfig(
            Object.fromEntries(config.map(([key, value]) => [`istio-plugin-ca:${key}`, value])),
        );
        const { result: outputs, logs } = await logged(async () => {
            const returned = await resolved(pulumi.output(await program()));
            await pulumi.runtime.disconnect();
            return returned;
        });
        return {
            outputs: outputs as pulumi.Unwrap<T>,
            resources: registered,
            logs,
            find: finder(registered),
        };
    } finally {
        MockMonitor.prototype.registerResource = original;
    }
}

/** Whether an input was sent to the engine as a secret. */
export function isSecret(input: unknown): boolean {
    return typeof input === "object" && input !== null && "4dabf18193072939515e22adb298388d" in input;
}

interface RegisterRequest {
    getType(): string;
    getName(): string;
    getParent(): string;
    getDependenciesList(): string[];
    getObject(): { toJavaScript(): Record<string, unknown> };
    getProtect(): boolean;
    getRetainondelete(): boolean;
    getIgnorechangesList(): string[];
    getDeletedwith(): string;
    getProvider(): string;
}

/** `type name` of a URN; empty for none. */
function shortName(urn: string): string {
    if (urn === "") {
        return "";
    }
    const [, , types, name] = urn.split("::");
    return `${types?.split("$").at(-1)} ${name}`;
}

function finder(registered: Registered[]) {
    return (type: string, name: string) => {
        const found = registered.find((resource) => resource.type === type && resource.name === name);
        if (!found) {
            throw new Error(
                `No ${type} ${name} among ${registered.map((r) => `${r.type} ${r.name}`).join(", ")}`,
            );
        }
        return found;
    };
}

/** By the private key, PEM. */
const keys = new Map<string, KeyPair>();

async function newResource({ type, name, inputs: sent }: MockResourceArgs, options: MockOptions) {
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
    { certPem, keys: held = {}, certificates = {} }: MockOptions,
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
        case "command:local:Command": {
            const signs = inputs["stdin"]?.includes("csrPem");
            return {
                stdout: signs ? await selfSigned(await newKey()) : JSON.stringify({ verdict: "passed" }),
            };
        }
        default:
            return {};
    }
}

/** Whether a certificate was made for the key of a request. */
function isFor(certPem: string, csrPem: string): boolean {
    const key = createPublicKey(csrPublicKeyPem(csrPem));
    return new X509Certificate(certPem).publicKey.equals(key);
}

function unwrapped(input: unknown): unknown {
    return isSecret(input) ? (input as { value: unknown }).value : input;
}

function pairOf(pem: string | undefined): KeyPair {
    return keys.get(pem!)!;
}

/** What the engine answers to a program that reads a stack's outputs. */
function call({ token, inputs }: MockCallArgs, { stacks = {} }: MockOptions) {
    if (token !== "pulumi:pulumi:readStackOutputs") {
        throw new Error(`Mock call not implemented: ${token}`);
    }
    const { name } = inputs as { name: string };
    if (name.endsWith("/missing")) {
        const details = `unknown stack "${name}"`;
        throw Object.assign(new Error(details), { details });
    }
    return { name, outputs: stacks[name] ?? {}, secretOutputNames: [] };
}

function resolved<T>(output: pulumi.Output<T>): Promise<T> {
    return (output as unknown as { promise(): Promise<T> }).promise();
}
