import * as pulumi from "@pulumi/pulumi";
import { Signer } from "./signer";

const script = `set -eu
vault write -format=json "$MOUNT/root/sign-intermediate" csr=- use_csr_values=true max_path_length=0 ttl="\${VALIDITY_HOURS}h"
`;

/** What `sign-intermediate` answers. */
interface Answer {
    data: {
        certificate: string;
        /** Those that lead to the root, from the issuer upwards. */
        ca_chain: string[];
    };
}

/** Vault's PKI secrets engine. The vault program finds the server and its token as always: VAULT_ADDR, and `vault login`. */
export function vault(config: pulumi.Config): Signer {
    return {
        script,
        environment: {
            MOUNT: config.require("vaultMount"),
            VALIDITY_HOURS: String(config.requireNumber("validityDays") * 24),
        },
        chain: (answer) => {
            const { certificate, ca_chain } = (JSON.parse(answer) as Answer).data;
            return [certificate, ...ca_chain].join("\n");
        },
    };
}
