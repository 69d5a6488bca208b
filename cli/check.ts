import { Command } from "commander";
import { readCaFiles } from "../config/caSource";
import { caCertsSecretName } from "../pki/bundle";
import { CaFiles } from "../pki/caFiles";
import { defaultTrustDomain } from "../pki/profile";
import { formatFindings } from "../pki/rules/finding";
import { checkCa } from "../pki/rules/checkCa";
import { readText } from "./options";
import { main } from "./tasks";

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

/** The Secret `cacerts` of a cluster. */
async function liveCaFiles({ kubeconfig, context, namespace }: Options): Promise<CaFiles> {
    const { readCaSecret } = await import("../kube/caSecret.ts");
    return (await readCaSecret({ kubeconfig, context, namespace, name: caCertsSecretName })) ?? {};
}

/** The command, run where this file is the main module. */
export const program = new Command("check")
    .description(
        "Tell what istiod, Envoy or other clusters would reject of a CA. Exit status: 1 on an error, 0 with warnings only.",
    )
    .argument(
        "[source]",
        "a folder with ca-cert.pem and so on, or the file of a Secret; else the cluster's cacerts",
    )
    .option("--kubeconfig <file>", "kubeconfig of the cluster (default: as kubectl)")
    .option("--context <name>", "check the Secret cacerts of this context's cluster")
    .option("--namespace <name>", "the namespace of that Secret", "istio-system")
    .option("--trust-domain <name>", "the mesh's trust domain", defaultTrustDomain)
    .option("--other-root <file...>", "root-cert.pem of clusters of the same mesh")
    .option("--live-root <file>", "root-cert.pem that the running istiod has: judge a reload too")
    .option("--multi-root", "the running istiod has ISTIO_MULTIROOT_MESH=true")
    .option("--json", "print the findings as JSON")
    .action((source: string | undefined, options: Options) =>
        main(async () => {
            if ((source === undefined) === (options.context === undefined)) {
                throw new Error("Name either a folder or file, or a --context.");
            }
            const { trustDomain, otherRoot = [], liveRoot, multiRoot } = options;
            const findings = await checkCa(
                source === undefined ? await liveCaFiles(options) : readCaFiles(source),
                {
                    trustDomain,
                    otherRootCerts: otherRoot.map((file) => readText(file)),
                    liveRootCert: liveRoot && readText(liveRoot),
                    multiRootMesh: multiRoot,
                },
            );
            const text = findings.length > 0 ? formatFindings(findings) : "No findings.";
            console.log(options.json ? JSON.stringify(findings, undefined, 4) : text);
            return findings.some(({ severity }) => severity === "error") ? 1 : 0;
        }),
    );
if (require.main === module) {
    void program.parseAsync();
}
