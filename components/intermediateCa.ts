import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import { keyAlgorithms } from "./keyAlgorithms";
import { intermediateCommonName, istiodDnsName, KeyAlgorithm, organization, profiles } from "../pki/profile";

/** Arguments of {@link IntermediateCa}. */
export interface IntermediateCaArgs {
    /** The cluster's name, L= in the subject. */
    cluster: string;
    /** The algorithm of the key. Default: ECDSA-P256. */
    keyAlgorithm?: KeyAlgorithm;
}

/**
 * One cluster's signing key, generated here and never moved, and the request for its certificate. A key stays as it was made:
 * another algorithm is that of the next generation's key, because otherwise its certificate would be for a key that is gone.
 */
export class IntermediateCa extends pulumi.ComponentResource {
    /** The certificate request, PEM (RFC 2986). Public. */
    readonly certRequestPem: pulumi.Output<string>;
    /** The public key, PEM. Public. */
    readonly publicKeyPem: pulumi.Output<string>;
    /** The key, PKCS #8 PEM, whose first block istiod can parse for every algorithm. Secret. */
    readonly privateKeyPem: pulumi.Output<string>;

    constructor(name: string, args: IntermediateCaArgs, opts?: pulumi.ComponentResourceOptions) {
        super("istio-plugin-ca:index:IntermediateCa", name, args, opts);
        const { cluster, keyAlgorithm = profiles.default.keyAlgorithm } = args;
        const key = new tls.PrivateKey(`${name}-key`, keyAlgorithms[keyAlgorithm], {
            parent: this,
            ignoreChanges: ["algorithm", "ecdsaCurve", "rsaBits"],
        });
        const request = new tls.CertRequest(
            `${name}-csr`,
            {
                privateKeyPem: key.privateKeyPem,
                subject: { organization, commonName: intermediateCommonName, locality: cluster },
                dnsNames: [istiodDnsName],
            },
            { parent: this },
        );
        this.certRequestPem = request.certRequestPem;
        this.publicKeyPem = key.publicKeyPem;
        this.privateKeyPem = pulumi.secret(key.privateKeyPemPkcs8);
        this.registerOutputs({ certRequestPem: this.certRequestPem, publicKeyPem: this.publicKeyPem });
    }
}
