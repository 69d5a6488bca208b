import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { keyAlgorithms } from "./keyAlgorithms";
import { CaProfile, completeProfile, organization, rootCommonName } from "../pki/profile";

/** Arguments of {@link RootCa}. */
export interface RootCaArgs {
    /** Key algorithm, key usages, path length and validity of the root certificate. Default: the default of each field. */
    profile?: Partial<CaProfile>;
}

/**
 * The root of trust of all clusters: a key that stays in this stack's state, and its self-signed certificate. Both stay as
 * they were made: a root with other properties is another root, which workloads must come to trust first.
 */
export class RootCa extends pulumi.ComponentResource {
    /** The root's certificate, PEM. Public. */
    readonly certPem: pulumi.Output<string>;
    /** The key that signs, PEM. Secret. */
    readonly privateKeyPem: pulumi.Output<string>;

    constructor(name: string, args: RootCaArgs = {}, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:RootCa", name, args, opts);
        const profile = completeProfile(args.profile);
        const key = new tls.PrivateKey(`${name}-key`, keyAlgorithms[profile.keyAlgorithm], {
            parent: this,
            ignoreChanges: ["algorithm", "ecdsaCurve", "rsaBits"],
        });
        const cert = new tls.SelfSignedCert(
            `${name}-cert`,
            {
                privateKeyPem: key.privateKeyPem,
                isCaCertificate: true,
                maxPathLength: profile.rootMaxPathLength,
                subject: { organization, commonName: rootCommonName },
                allowedUses: profile.allowedUses,
                validityPeriodHours: profile.rootValidityDays * 24,
            },
            {
                parent: this,
                ignoreChanges: ["maxPathLength", "subject", "allowedUses", "validityPeriodHours"],
            },
        );
        this.certPem = cert.certPem;
        this.privateKeyPem = pulumi.secret(key.privateKeyPem);
        this.registerOutputs({ certPem: this.certPem });
    }
}
