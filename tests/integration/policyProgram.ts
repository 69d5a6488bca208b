import { local } from "@pulumi/command";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { Secret } from "@pulumi/kubernetes/core/v1";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { csr, KeyPair, newKey, privatePem, selfSigned } from "../pki";

const p521 = { name: "ECDSA", namedCurve: "P-521", hash: "SHA-256" };
const peerAuthentication = { apiVersion: "security.istio.io/v1", kind: "PeerAuthentication" };

/** What a stack is made of: the names of parts, each of which complies with or violates one policy. */
const parts: Record<string, (name: string) => unknown> = {
    root: (name) => root(name, 1, { protect: true }),
    "unprotected-root": (name) => root(name, 1, {}),
    "endless-root": (name) => root(name, undefined, { protect: true }),
    "key-p256": (name) => new tls.PrivateKey(name, { algorithm: "ECDSA", ecdsaCurve: "P256" }),
    "key-p224": (name) => new tls.PrivateKey(name, { algorithm: "ECDSA" }),
    intermediate: (name) => intermediate(name, 365 * 24, 90 * 24),
    "outliving-intermediate": (name) => intermediate(name, 3651 * 24, 90 * 24),
    "late-intermediate": (name) => intermediate(name, 365 * 24, 47),
    "intermediate-of-p521": (name) => intermediate(name, 365 * 24, 90 * 24, p521),
    cacerts: (name) => cacerts(name, true),
    "replaced-cacerts": (name) => cacerts(name, false),
    "other-secret": async (name) => {
        const data = { "tls.key": Buffer.from(await key()).toString("base64") };
        return new Secret(name, { metadata: { name, namespace: "istio-system" }, data }, { provider });
    },
    istio: (name) =>
        istio(name, "meshConfig.trustDomain=example.org\nvalues.pilot.env.ENABLE_CA_SERVER=true", {
            values: { pilot: { env: { ENABLE_CA_SERVER: false } } },
        }),
    "istio-of-another-ca": (name) =>
        istio(
            name,
            "values.global.caAddress=ca:443",
            {
                values: { global: { pilotCertProvider: "k8s.io/example" } },
                unvalidatedValues: { pilot: { env: { ENABLE_CA_SERVER: false } } },
                components: { pilot: { k8s: { env: [{ name: "EXTERNAL_CA", value: "ISTIOD_RA" }] } } },
            },
            "--set 'meshConfig.defaultConfig.proxyMetadata.CA_PROVIDER=Other' --set=values.global.caName=Other",
        ),
    strict: (name) => mode(name, { mtls: { mode: "STRICT" } }),
    permissive: (name) => mode(name, { mtls: { mode: "PERMISSIVE" } }),
    "permissive-port": (name) =>
        mode(name, { mtls: { mode: "STRICT" }, portLevelMtls: { "8080": { mode: "DISABLE" } } }),
    "unmanaged-permissive": (name) => mode(name, { mtls: { mode: "PERMISSIVE" } }, "legacy"),
    "key-in-command": async (name) => command(name, pulumi.secret(await key())),
    "plain-key": async (name) => command(name, await key()),
    "key-in-component": async (name) =>
        new pulumi.ComponentResource("test:index:Signer", name, { key: pulumi.secret(await key()) }),
    "certificate-in-command": async (name) => command(name, await selfSigned(await newKey())),
    "exported-key": () => undefined,
};

export = async function program() {
    const chosen = new pulumi.Config().requireObject<string[]>("parts");
    for (const name of chosen) {
        await parts[name]!(name);
    }
    return chosen.includes("exported-key") ? { key: pulumi.secret(await key()) } : {};
};

const kubeconfig = { apiVersion: "v1", kind: "Config" };
const provider = new Provider("mutable", {
    kubeconfig: JSON.stringify(kubeconfig),
    enableSecretMutable: true,
});
/** What Istio depends on. */
const before: pulumi.Resource[] = [];

async function key(): Promise<string> {
    return privatePem(await newKey());
}

function root(name: string, maxPathLength: number | undefined, opts: pulumi.CustomResourceOptions) {
    const { privateKeyPem } = new tls.PrivateKey(
        `${name}-key`,
        { algorithm: "ECDSA", ecdsaCurve: "P256" },
        opts,
    );
    const subject = { commonName: "Root CA" };
    const args = { privateKeyPem, subject, isCaCertificate: true, allowedUses: ["cert_signing"] };
    return new tls.SelfSignedCert(name, { ...args, maxPathLength, validityPeriodHours: 87_600 }, opts);
}

async function intermediate(
    name: string,
    validityPeriodHours: number,
    earlyRenewalHours: number,
    algorithm?: object,
) {
    const keys: KeyPair = await newKey(algorithm);
    return new tls.LocallySignedCert(name, {
        certRequestPem: await csr(await newKey()),
        caCertPem: await selfSigned(keys),
        caPrivateKeyPem: await privatePem(keys),
        isCaCertificate: true,
        allowedUses: ["cert_signing"],
        validityPeriodHours,
        earlyRenewalHours,
    });
}

async function cacerts(name: string, mutable: boolean) {
    const keys = await newKey();
    const stringData = { "ca-cert.pem": await selfSigned(keys), "ca-key.pem": await privatePem(keys) };
    const metadata = { name: "cacerts", namespace: "istio-system" };
    const opts = {
        provider: mutable ? provider : new Provider("immutable", { kubeconfig: JSON.stringify(kubeconfig) }),
    };
    before.push(new Secret(name, { metadata, stringData }, opts));
}

/** Istio's installation as IstioInstall has it, which does nothing. */
function istio(name: string, set: string, spec: object, flags = "") {
    const operator = { apiVersion: "install.istio.io/v1alpha1", kind: "IstioOperator", spec };
    const environment = { ISTIO_SET: set, ISTIO_OPERATOR: JSON.stringify(operator) };
    const create = `true istioctl install ${flags}`;
    return new local.Command(name, { create, environment }, { dependsOn: before });
}

function mode(name: string, spec: object, namespace = "foo") {
    return new CustomResource(
        name,
        { ...peerAuthentication, metadata: { name, namespace }, spec },
        { provider },
    );
}

function command(name: string, KEY: pulumi.Input<string>) {
    return new local.Command(name, { create: "true", environment: { KEY } });
}
