import { Certificate } from "../pki/certificate";
import { known } from "./properties";

/** The types of resources that these policies look at. */
export const types = {
    privateKey: "tls:index/privateKey:PrivateKey",
    certRequest: "tls:index/certRequest:CertRequest",
    selfSignedCert: "tls:index/selfSignedCert:SelfSignedCert",
    locallySignedCert: "tls:index/locallySignedCert:LocallySignedCert",
    secret: "kubernetes:core/v1:Secret",
    command: "command:local:Command",
};

/** What identifies a resource. */
export interface Resource {
    type: string;
    urn: string;
    props: Record<string, unknown>;
}

/** What is read of a Secret. */
export interface SecretProps {
    metadata?: { name?: string };
    immutable?: boolean;
    data?: Record<string, string>;
    stringData?: Record<string, string>;
}

/** Whether this is the Secret that istiod mounts as its plugged-in CA. */
export function isCacerts(resource: Resource): boolean {
    return isSecret(resource, "cacerts");
}

/** Whether this keeps the CA of somebody's `cacerts` whose place was taken. */
export function isKeptCacerts(resource: Resource): boolean {
    return isSecret(resource, "cacerts-former");
}

function isSecret({ type, props }: Resource, named: string): boolean {
    const name = known(() => (props as SecretProps).metadata?.name);
    return type === types.secret && name === named;
}

/** A root CA's certificate or an intermediate's, among others'. */
export function isCaCertificate({ props }: Resource): boolean {
    return known(() => props["isCaCertificate"]) === true;
}

/** A PEM certificate; undefined for anything else, which other policies report. */
export function certificate(pem: string): Certificate | undefined {
    return Certificate.all(pem)[0];
}

/** What is read of a Command. */
export interface CommandProps {
    create?: string;
    environment?: Record<string, string>;
}

/** Whether this is a Command that installs Istio. */
export function installsIstio({ type, props }: Resource): boolean {
    const create = known(() => (props as CommandProps).create) ?? "";
    return type === types.command && /istio-install\.sh|istioctl\s+(.*\s)?(install|upgrade)\b/.test(create);
}
