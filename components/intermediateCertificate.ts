import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { parseCertificates } from "../pki/certificates";
import { CaProfile, intermediateValidityHours, renewalWindowHours } from "../pki/profile";
import { csrFaults, csrRefusal } from "../pki/csr";
import { SigningPair } from "./rootCa";

/** Arguments of {@link IntermediateCertificate}. */
export interface IntermediateCertificateArgs {
    /** The cluster that asks: its request must name it and nothing else. */
    cluster: string;
    /** PEM (RFC 2986). */
    certRequestPem: pulumi.Input<string>;
    /** Who signs. */
    ca: SigningPair;
    /** Key usages, validity and renewal window of the certificate. */
    profile: CaProfile;
}

/** An intermediate CA's certificate, signed by the root once the request has passed {@link csrFaults}. */
export class IntermediateCertificate extends pulumi.ComponentResource {
    /** PEM. Public. */
    readonly certPem: pulumi.Output<string>;

    constructor(name: string, args: IntermediateCertificateArgs, opts?: pulumi.ComponentResourceOptions) {
        const { ca, ...visible } = args;
        // The key of the CA is left out: a component's args are saved in the state.
        super("istio-plugin-ca:index:IntermediateCertificate", name, visible, opts);
        const { profile } = args;
        const validityPeriodHours = ca.certPem.apply((pem) =>
            intermediateValidityHours(profile, parseCertificates(pem)[0]!.validToDate),
        );
        const cert = new tls.LocallySignedCert(
            `${name}-cert`,
            {
                certRequestPem: pulumi
                    .output(args.certRequestPem)
                    .apply((pem) => this.checked(pem, args.cluster)),
                caPrivateKeyPem: ca.privateKeyPem,
                caCertPem: ca.certPem,
                isCaCertificate: true,
                allowedUses: profile.allowedUses,
                validityPeriodHours,
                earlyRenewalHours: validityPeriodHours.apply((hours) => renewalWindowHours(profile, hours)),
            },
            { parent: this },
        );
        this.certPem = cert.certPem;
        this.registerOutputs({ certPem: this.certPem });
    }

    private async checked(certRequestPem: string, cluster: string): Promise<string> {
        const faults = await csrFaults(certRequestPem, cluster);
        if (faults.length > 0) {
            throw new pulumi.ResourceError(csrRefusal(cluster, faults), this, true);
        }
        return certRequestPem;
    }
}
