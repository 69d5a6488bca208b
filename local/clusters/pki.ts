import "reflect-metadata";
import type { webcrypto } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import * as x509 from "@peculiar/x509";
import { encodePem } from "../../pki/pem";
import type { Cluster } from "./cluster";
import { writeFileAtomically } from "./files";

const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

/** The cluster's own CA, certificates and keys, below `pki/`. They live as long as the cluster. */
export class Pki {
    constructor(private readonly cluster: Cluster) {}

    /** Generates all keys and certificates, unless they exist. */
    async create(): Promise<void> {
        if (existsSync(this.certFile("admin"))) return;
        const { name } = this.cluster;
        const [ca, etcdCa] = await Promise.all([
            this.createCa("ca", name),
            this.createCa("etcd-ca", `${name} etcd`),
        ]);
        const serviceAccount = await generateKeys();
        writeFileAtomically(this.keyFile("service-account"), await pem(serviceAccount.privateKey));
        writeFileAtomically(
            this.cluster.path("pki", "service-account.pub"),
            await pem(serviceAccount.publicKey),
        );
        await Promise.all([
            ...subjects(this.cluster).map((subject) => this.issue(ca, subject)),
            // etcd knows no users: whoever has a certificate of its CA may do everything.
            this.issue(etcdCa, { file: "etcd", name: "etcd", serves: [{ type: "ip", value: "127.0.0.1" }] }),
            this.issue(etcdCa, { file: "kube-apiserver-etcd-client", name: "kube-apiserver-etcd-client" }),
        ]);
        // The last one: if it exists, all exist.
        await this.issue(ca, { file: "admin", name: "kubernetes-admin", group: "system:masters" });
    }

    certFile(name: string): string {
        return this.cluster.path("pki", `${name}.crt`);
    }

    keyFile(name: string): string {
        return this.cluster.path("pki", `${name}.key`);
    }

    /** The certificate in PEM. */
    cert(name: string): string {
        return readFileSync(this.certFile(name), "utf8");
    }

    /** The private key in PEM. */
    key(name: string): string {
        return readFileSync(this.keyFile(name), "utf8");
    }

    private async createCa(file: string, name: string): Promise<Ca> {
        const ca = await createCa(name);
        await this.write(file, ca.certificate, ca.keys);
        return ca;
    }

    private async issue(ca: Ca, subject: Subject): Promise<void> {
        const keys = await generateKeys();
        await this.write(subject.file, await issueFrom(ca, subject, keys.publicKey), keys);
    }

    private async write(
        name: string,
        certificate: x509.X509Certificate,
        keys: webcrypto.CryptoKeyPair,
    ): Promise<void> {
        writeFileAtomically(this.keyFile(name), await pem(keys.privateKey));
        writeFileAtomically(this.certFile(name), certificate.toString("pem") + "\n");
    }
}

interface Subject {
    file: string;
    /** The common name; for RBAC, the user. */
    name: string;
    /** The organization; for RBAC, the user's group. */
    group?: string;
    /** For a server: the names and addresses by which clients call it. (etcd also calls itself.) */
    serves?: x509.JsonGeneralNames;
}

interface Ca {
    certificate: x509.X509Certificate;
    keys: webcrypto.CryptoKeyPair;
}

function subjects({ name: node, nodeIp, apiServiceIp }: Cluster): Subject[] {
    const service = "kubernetes.default.svc.cluster.local";
    const names = ["localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc", service];
    return [
        {
            file: "kube-apiserver",
            name: "kube-apiserver",
            serves: [
                ...names.map((value) => ({ type: "dns" as const, value })),
                ...["127.0.0.1", nodeIp, apiServiceIp].map((value) => ({ type: "ip" as const, value })),
            ],
        },
        { file: "kubelet-server", name: node, serves: [{ type: "ip", value: nodeIp }] },
        { file: "kubelet", name: `system:node:${node}`, group: "system:nodes" },
        {
            file: "kube-apiserver-kubelet-client",
            name: "kube-apiserver-kubelet-client",
            group: "system:masters",
        },
        { file: "kube-controller-manager", name: "system:kube-controller-manager", group: "system:masters" },
        { file: "kube-scheduler", name: "system:kube-scheduler" },
        { file: "kube-proxy", name: "system:kube-proxy" },
        { file: "coredns", name: "system:coredns" },
    ];
}

async function createCa(name: string): Promise<Ca> {
    const keys = await generateKeys();
    const certificate = await x509.X509CertificateGenerator.createSelfSigned({
        name: [{ CN: [name] }],
        keys,
        signingAlgorithm: algorithm,
        ...validity(),
        extensions: [
            new x509.BasicConstraintsExtension(true, 0, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
            await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
        ],
    });
    return { certificate, keys };
}

async function issueFrom(
    ca: Ca,
    subject: Subject,
    publicKey: webcrypto.CryptoKey,
): Promise<x509.X509Certificate> {
    const { clientAuth, serverAuth } = x509.ExtendedKeyUsage;
    return x509.X509CertificateGenerator.create({
        subject: [...(subject.group ? [{ O: [subject.group] }] : []), { CN: [subject.name] }],
        issuer: ca.certificate.subject,
        publicKey,
        signingKey: ca.keys.privateKey,
        signingAlgorithm: algorithm,
        ...validity(),
        extensions: [
            new x509.BasicConstraintsExtension(false, undefined, true),
            new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
            new x509.ExtendedKeyUsageExtension(subject.serves ? [serverAuth, clientAuth] : [clientAuth]),
            await x509.AuthorityKeyIdentifierExtension.create(ca.keys.publicKey),
            ...(subject.serves ? [new x509.SubjectAlternativeNameExtension(subject.serves)] : []),
        ],
    });
}

/** From a minute ago, as clocks are read in different processes, for ten years. */
function validity(): { notBefore: Date; notAfter: Date } {
    const now = Date.now();
    return { notBefore: new Date(now - 60_000), notAfter: new Date(now + 3650 * 24 * 3600_000) };
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
    return crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
}

async function pem(key: webcrypto.CryptoKey): Promise<string> {
    const [format, label] =
        key.type === "private" ? (["pkcs8", "PRIVATE KEY"] as const) : (["spki", "PUBLIC KEY"] as const);
    return encodePem(label, new Uint8Array(await crypto.subtle.exportKey(format, key)));
}
