import type {
    PolicyConfigSchema,
    PolicyResource,
    ResourceValidationPolicy,
    StackValidationPolicy,
} from "@pulumi/policy";
import { holdsPrivateKey } from "../pki/pemMarks";
import { known, Text, texts } from "./properties";
import { isCacerts, isKeptCacerts, Resource, types } from "./resources";

interface Config {
    resources: string[];
}

const configSchema: PolicyConfigSchema = {
    properties: {
        resources: {
            type: "array",
            items: { type: "string" },
            default: [],
            description:
                "Further resources that may hold a private key, each by the end of its URN: command:local:Command::sign",
        },
    },
};

/** A private key goes from the resource that makes it to those that sign with it and to `cacerts`, and nowhere else. */
export const caKeysInPlace: ResourceValidationPolicy = {
    name: "ca-keys-in-place",
    description:
        "A private key may be in the inputs of @pulumi/tls's resources and of the Secrets cacerts and cacerts-former only.",
    enforcementLevel: "mandatory",
    configSchema,
    validateResource: (resource, reportViolation) => {
        if (!mayHoldKeys(resource, resource.getConfig<Config>())) {
            for (const { path } of keys(resource.props)) {
                reportViolation(
                    `${path} holds a private key, which this resource's state, previews and logs would spread. ` +
                        "Pass the certificate or the public key instead; if the resource must have the key, name it " +
                        "in the setting `resources` of this policy.",
                );
            }
        }
    },
};

/** By resource: where it holds a private key that is not marked as secret. */
const plainKeys = new Map<string, string[]>();

/**
 * A private key is marked as secret wherever it is. Pulumi shows only remediations what is marked, so this works at the
 * level `remediate`; it remedies nothing: Pulumi would show the key before and after.
 */
export const caKeysSecret: ResourceValidationPolicy = {
    name: "ca-keys-secret",
    description: "A private key must be marked as secret.",
    enforcementLevel: "remediate",
    remediateResource: ({ urn, props }) => {
        const plain = keys(props).filter(({ secret }) => !secret);
        plainKeys.set(
            urn,
            plain.map(({ path }) => path),
        );
    },
    validateResource: ({ urn }, reportViolation) => {
        const found = plainKeys.get(urn);
        if (!found) {
            reportViolation(
                "Pulumi shows a policy what is secret at the level `remediate` only, at which this one stops a deployment " +
                    "and changes nothing. Set its enforcementLevel to `remediate`, or to `disabled`.",
            );
        }
        for (const path of found ?? []) {
            reportViolation(
                `${path} holds a private key in plain, as the state and every preview will. Wrap it in pulumi.secret(…), ` +
                    "or read it by config.requireSecret; a key that was in plain once is better replaced.",
            );
        }
    },
};

/** What others read of a stack, its outputs, and what a Command prints, holds no key, marked as secret or not. */
export const caKeysNotExported: StackValidationPolicy = {
    name: "ca-keys-not-exported",
    description: "No output of a stack, of a component or of a Command may be a private key.",
    enforcementLevel: "mandatory",
    configSchema,
    validateStack: (stack, reportViolation) => {
        const config = stack.getConfig<Config>();
        for (const resource of stack.resources.filter((each) => !mayHoldKeys(each, config))) {
            for (const { path } of keys(exported(resource))) {
                reportViolation(
                    `The output ${path} holds a private key, which whoever reads this stack would get. ` +
                        "Leave it out: the command `export` writes a CA's files from the state for who holds the passphrase.",
                    resource.urn,
                );
            }
        }
    },
};

/** What is not among the inputs: a stack and a component have no provider. */
function exported({ type, provider, props }: PolicyResource): Record<string, unknown> {
    if (type === types.command) {
        return {
            stdout: known(() => props["stdout"] as unknown),
            stderr: known(() => props["stderr"] as unknown),
        };
    }
    return provider ? {} : props;
}

function mayHoldKeys(resource: Resource, { resources }: Config): boolean {
    const signs = [types.privateKey, types.certRequest, types.selfSignedCert, types.locallySignedCert];
    return (
        signs.includes(resource.type) ||
        isCacerts(resource) ||
        isKeptCacerts(resource) ||
        resources.some((end) => resource.urn.endsWith(end))
    );
}

/** The texts that are private keys, PEM, or as the data of a Secret the base64 of PEM. */
function keys(props: Record<string, unknown>): Text[] {
    return texts(props).filter(
        ({ text }) =>
            holdsPrivateKey(text) || holdsPrivateKey(Buffer.from(text, "base64").toString("latin1")),
    );
}
