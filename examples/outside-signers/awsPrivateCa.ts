import * as pulumi from "@pulumi/pulumi";
import { Signer } from "./signer";

const script = `set -eu
file=$(mktemp)
trap 'rm -f "$file"' EXIT
cat > "$file"
certificate=$(aws acm-pca issue-certificate --certificate-authority-arn "$CA_ARN" --csr "fileb://$file" \\
    --template-arn arn:aws:acm-pca:::template/SubordinateCACertificate_PathLen0/V1 \\
    --signing-algorithm "$SIGNING_ALGORITHM" --validity "Value=$VALIDITY_DAYS,Type=DAYS" \\
    --query CertificateArn --output text)
aws acm-pca wait certificate-issued --certificate-authority-arn "$CA_ARN" --certificate-arn "$certificate"
aws acm-pca get-certificate --certificate-authority-arn "$CA_ARN" --certificate-arn "$certificate" --output json
`;

/** What `get-certificate` answers. */
interface Answer {
    Certificate: string;
    /** Those that lead to the root, from the issuer upwards. */
    CertificateChain: string;
}

/** AWS Private CA. The AWS CLI finds region and credentials as always. */
export function awsPrivateCa(config: pulumi.Config): Signer {
    return {
        script,
        environment: {
            CA_ARN: config.require("awsCaArn"),
            SIGNING_ALGORITHM: config.require("awsSigningAlgorithm"),
            VALIDITY_DAYS: config.require("validityDays"),
        },
        chain: (answer) => {
            const { Certificate, CertificateChain } = JSON.parse(answer) as Answer;
            return `${Certificate}\n${CertificateChain}`;
        },
    };
}
