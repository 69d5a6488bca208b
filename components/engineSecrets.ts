/**
 * What the engine gives to programs and plugins, and they to their children, that opens or holds a stack's secrets: the settings,
 * decrypted, and the passphrase.
 */
export const engineSecrets = ["PULUMI_CONFIG", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"];

/** Keeps them from every process that this one starts, such as istioctl or a kubeconfig's exec plugin. */
export function withholdSecrets(): void {
    for (const variable of engineSecrets) {
        delete process.env[variable];
    }
}
