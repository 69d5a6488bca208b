import type { CaFiles } from "../pki/caFiles";
import { defaultTrustDomain, trustDomainFault } from "../pki/profile";
import { ExitStatus } from "./exitStatus";
import { command, readText } from "./options";
import { print, printJson } from "./print";
import { runCommand } from "./runCommand";

interface Options {
    kubeconfig?: string;
    context?: string;
    namespace: string;
    trustDomain: string;
    otherRoot: string[];
    liveRoot?: string;
    multiRoot?: boolean;
    json?: boolean;
}

const examples = [
    "check -- certs/cluster1",
    "check -- --context cluster1",
    "--silent check -- secret.yaml --json",
];

/** Checks a CA before it is plugged in. */
export const check = command("check", ...examples)
    .description("Report what istiod, Envoy or other clusters would reject of a CA.")
    .argument(
        "[source]",
        "a folder with ca-cert.pem and so on, or the file of a Secret; default: the cluster's cacerts",
    )
    .option("--kubeconfig <file>", "kubeconfig of the cluster (default: the one that kubectl uses)")
    .option("--context <name>", "check the Secret cacerts of this context's cluster")
    .option("--namespace <name>", "the namespace of that Secret", "istio-system")
    .option("--trust-domain <name>", "the mesh's trust domain", defaultTrustDomain)
    .option("--other-root <file...>", "root-cert.pem of clusters of the same mesh")
    .option("--live-root <file>", "root-cert.pem that the running istiod has, to check the reload too")
    .option("--multi-root", "the running istiod has ISTIO_MULTIROOT_MESH=true")
    .option("--json", "print the findings as JSON")
    .action((source: string | undefined, options: Options) =>
        runCommand(async () => {
            if ((source === undefined) === (options.context === undefined)) {
                throw new Error("Name a folder or file, or a --context, but not both.");
            }
            const allowed = trustDomainFault(options.trustDomain);
            if (allowed) {
                throw new Error(`--trust-domain is ${options.trustDomain}. Allowed: ${allowed}.`);
            }
            const { checkCa } = await import("../pki/rules/checkCa.ts");
            const { formatFindings } = await import("../pki/rules/finding.ts");
            const { trustDomain, otherRoot = [], liveRoot, multiRoot } = options;
            const findings = checkCa(await caFiles(source, options), {
                trustDomain,
                otherRootCerts: otherRoot.map((file) => readText(file)),
                liveRootCert: liveRoot && readText(liveRoot),
                multiRootMesh: multiRoot,
            });
            if (options.json) {
                printJson(findings);
            } else {
                print(findings.length > 0 ? formatFindings(findings) : "No findings.");
            }
            return findings.some(({ severity }) => severity === "error")
                ? ExitStatus.failed
                : ExitStatus.done;
        }),
    );

/** The files of a source, or of the Secret `cacerts` in a cluster. */
async function caFiles(
    source: string | undefined,
    { kubeconfig, context, namespace }: Options,
): Promise<CaFiles> {
    if (source !== undefined) {
        const { readCaFiles } = await import("../config/caSource.ts");
        return readCaFiles(source);
    }
    const { readCaSecret } = await import("../kube/caSecret.ts");
    const { caCertsSecretName } = await import("../pki/caFiles.ts");
    return (await readCaSecret({ kubeconfig, context, namespace, name: caCertsSecretName })) ?? {};
}
