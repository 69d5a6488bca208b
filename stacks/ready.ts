import * as pulumi from "@pulumi/pulumi";
import { ReadySettings } from "../settings";
import { caCertFile, certChainFile, PublicFiles, rootCertFile, trustingFile } from "../pki/bundle";
import { CaFiles, SigningCa, signingCa } from "../pki/caFiles";
import { certificateFacts, parseCertificates } from "../pki/certificates";
import { formatFindings } from "../pki/rules/finding";
import { checkCa } from "../pki/rules/checkCa";
import { mesh } from "./mesh";
import { ClusterOutputs, Exported, stackOutputs } from "./outputs";
import { refuseOtherRoots } from "./signer";

/** What the stack of a ready CA exports; all public. */
export type ReadyOutputs = Omit<ClusterOutputs, "csr" | "ca"> & { ca: ClusterOutputs["root"] };

/** One cluster under a CA that somebody else made, key and all: made by Istio's Makefile, openssl, Vault or step-ca. */
export async function readyProgram(settings: ReadySettings): Promise<Exported<ReadyOutputs>> {
    const { cluster, source, files } = settings;
    const live = await stackOutputs<ReadyOutputs>(pulumi.getStack())("root");
    const ca = await checked(source, files, settings.mesh?.trustDomain);
    refuseOtherRoots(`The root in ${source}`, cluster, ca.rootCert.text, live);
    const publicFiles = publicPart(ca);
    const privateKeyPem = pulumi.secret(ca.caKey.text);
    return {
        status: "CA ready",
        ca: certificateFacts(parseCertificates(ca.caCert.text)[0]!),
        root: certificateFacts(parseCertificates(ca.rootCert.text)[0]!),
        files: publicFiles,
        ...(settings.mesh &&
            mesh(cluster, { files: pulumi.output(publicFiles), privateKeyPem }, settings.mesh)),
    };
}

/** @throws pulumi.RunError with all that istiod or workloads would refuse, before anything changes. */
async function checked(source: string, files: CaFiles, trustDomain?: string): Promise<SigningCa> {
    const errors = (await checkCa(files, { trustDomain })).filter(({ severity }) => severity === "error");
    const ca = signingCa(files);
    if (errors.length > 0 || "missing" in ca) {
        throw new pulumi.RunError(
            `The CA in ${source} cannot be plugged in. Nothing was changed.\n${formatFindings(errors)}`,
        );
    }
    return ca;
}

/** Under the names of Istio's own form, whatever form they came in. */
function publicPart({ caCert, certChain, rootCert }: SigningCa): PublicFiles {
    const [certificate] = parseCertificates(caCert.text);
    return {
        [caCertFile]: certificate!.toString(),
        [certChainFile]: certChain.text,
        [rootCertFile]: trustingFile(certificate!, rootCert.text),
    };
}
