import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { CaCertificate } from "../pki/caCertificate";
import { CaProfile, completeProfile, intermediateValidityHours, renewalWindowHours } from "../pki/profile";
import { signedFaults, signedRefusal } from "../pki/signedCertificate";
import { judgedRequest } from "./certificateRequest";
import { caPems } from "./caPems";

/** A CA's certificate and the key that it signs with, such as a RootCa's. */
export interface SigningPair {
    /** The certificate, PEM. */
    certPem: pulumi.Input<string>;
    /** The key, PEM. Secret. */
    privateKeyPem: pulumi.Input<string>;
}

/** Arguments of {@link IntermediateCertificate}. */
export interface IntermediateCertificateArgs {
    /** The cluster that asks: its request must name it and nothing else. */
    cluster: string;
    /** The certificate request of the cluster, PEM (RFC 2986). */
    certRequestPem: pulumi.Input<string>;
    /** The CA that signs. */
    ca: SigningPair;
    /** The roots that every cluster trusts, PEM. Default: the CA that signs. */
    trustBundle?: pulumi.Input<string>;
    /** Key usages, validity and renewal window of the certificate. Default: the default of each field. */
    profile?: Partial<CaProfile>;
}

/** An intermediate CA's certificate, signed by the root once its request was judged, and shown once it was compared with that. */
export class IntermediateCertificate extends pulumi.ComponentResource {
    /** The signed certificate, the file ca-cert.pem of `cacerts`; PEM. Public. */
    readonly certPem: pulumi.Output<string>;
    /** The file cert-chain.pem of `cacerts`: what workloads serve after their own certificate; PEM. Public. */
    readonly certChainPem: pulumi.Output<string>;
    /** The file root-cert.pem of `cacerts`: the roots that workloads trust; PEM. Public. */
    readonly rootCertPem: pulumi.Output<string>;

    constructor(name: string, args: IntermediateCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
        const { ca, ...visible } = args;
        // The key of the CA is left out: a component's args are saved in the state.
        super("istio-plugin-ca:index:IntermediateCertificate", name, visible, opts);
        const profile = completeProfile(args.profile);
        const validityPeriodHours = pulumi.output(ca.certPem).apply((pem) => {
            const [root] = CaCertificate.all(pem);
            if (!root) {
                throw new pulumi.ResourceError("ca.certPem is not a PEM certificate.", this, true);
            }
            return intermediateValidityHours(profile, root.notAfter);
        });
        const certRequestPem = pulumi
            .output(args.certRequestPem)
            .apply((pem) => judgedRequest(pem, args.cluster, this).pem);
        const cert = new tls.LocallySignedCert(
            `${name}-cert`,
            {
                certRequestPem,
                caPrivateKeyPem: ca.privateKeyPem,
                caCertPem: ca.certPem,
                isCaCertificate: true,
                allowedUses: profile.allowedUses,
                validityPeriodHours,
                earlyRenewalHours: validityPeriodHours.apply((hours) => renewalWindowHours(profile, hours)),
            },
            { parent: this },
        );
        this.certPem = pulumi
            .all([cert.certPem, certRequestPem, ca.certPem])
            .apply(([signed, requested, rootCertPem]) => {
                const request = judgedRequest(requested, args.cluster, this);
                const faults = signedFaults(signed, { request, cluster: args.cluster, rootCertPem, profile });
                if (faults.length > 0) {
                    throw new pulumi.ResourceError(signedRefusal(args.cluster, faults), this, true);
                }
                return signed;
            });
        const pems = pulumi
            .all([this.certPem, args.trustBundle ?? ca.certPem])
            .apply(([pem, trustBundle]) => caPems(pem, trustBundle, profile));
        this.certChainPem = pems.certChainPem;
        this.rootCertPem = pems.rootCertPem;
        this.registerOutputs({ certPem: this.certPem });
    }
}
