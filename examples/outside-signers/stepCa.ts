import * as pulumi from "@pulumi/pulumi";
import { Signer } from "./signer";

const script = `set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cat > "$dir/request.pem"
step ca sign "$dir/request.pem" "$dir/certificate.pem" --not-after "\${VALIDITY_HOURS}h" \\
    --provisioner "$PROVISIONER" --provisioner-password-file "$PASSWORD_FILE" >&2
cat "$dir/certificate.pem"
`;

/** step-ca, at the address and with the root that `step ca bootstrap` has noted. */
export function stepCa(config: pulumi.Config): Signer {
    return {
        script,
        environment: {
            PROVISIONER: config.require("stepProvisioner"),
            PASSWORD_FILE: config.require("stepPasswordFile"),
            VALIDITY_HOURS: String(config.requireNumber("validityDays") * 24),
        },
        chain: (answer) => answer,
    };
}
