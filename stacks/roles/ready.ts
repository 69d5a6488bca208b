import * as pulumi from "@pulumi/pulumi";
import { ReadySettings, SourceFiles, SourceSecret } from "../../config/settings";
import {
    caCertFile,
    caCrlFile,
    certChainFile,
    encodedAgain,
    listsAgain,
    PublicFiles,
    rootCertFile,
    trustingFile,
} from "../../pki/bundle";
import { CaFiles, SigningCa, signingCa } from "../../pki/caFiles";
import { certificateFacts } from "../../pki/certificates";
import { formatFindings } from "../../pki/rules/finding";
import { checkCa } from "../../pki/rules/checkCa";
import { firstCertificate } from "../../pki/rules/istiod";
import { mesh } from "../mesh";
import { ClusterOutputs, Exported, liveOutputs, readyStatus } from "../outputs";
import { refuseNearExpiry } from "../expiry";
import { refuseForeignPeers } from "../peers";
import { liveIn, refuseSlips } from "../slips";
import { rootOf } from "../signer";
import { toPlugIn } from "../takeover";

/** What the stack of a ready CA exports; all public. */
export type ReadyOutputs = Omit<ClusterOutputs, "csr" | "ca"> & { ca: ClusterOutputs["root"] };

/** One cluster under a CA that somebody else made, key and all: made by Istio's Makefile, openssl, Vault or step-ca. */
export async function readyProgram(settings: ReadySettings): Promise<Exported<ReadyOutputs>> {
    const { cluster, peers, trustDomain } = settings;
    const live = await liveOutputs();
    const identity = await refuseSlips(settings, live);
    const { source, files } = "files" in settings.ca ? settings.ca : await secretFiles(settings.ca);
    const ca = await checked(source, files, trustDomain);
    const own = publicPart(ca);
    const { files: plugged, former } = await toPlugIn(
        source,
        cluster,
        own,
        settings.mesh,
        liveIn(identity, live),
    );
    await refuseForeignPeers(cluster, plugged, peers, live.files);
    const facts = certificateFacts(firstCertificate(ca.caCert)!.node);
    const remedy = "Renew it where it was made.";
    refuseNearExpiry({ what: `the CA in ${source}`, ...facts, remedy }, settings.expiryGuardDays);
    const privateKeyPem = pulumi.secret(former?.privateKeyPem ?? ca.caKey.text);
    return {
        status: readyStatus,
        ca: facts,
        root: certificateFacts(rootOf(plugged)!.node),
        files: plugged,
        ...(former && { formerCa: former.facts }),
        ...(settings.mesh &&
            mesh(
                cluster,
                { files: pulumi.output(plugged), privateKeyPem, keep: former?.keep },
                settings.mesh,
                identity,
            )),
    };
}

/** What the Secret holds now; each `up` follows it. @throws pulumi.RunError where it cannot be read. */
async function secretFiles(secret: SourceSecret): Promise<SourceFiles> {
    const source = `Secret ${secret.namespace}/${secret.name} of context ${secret.context}`;
    const { readCaSecret } = await import("../../kube/caSecret.ts");
    const files = await readCaSecret(secret).catch((error: Error) => error);
    if (files === undefined || files instanceof Error) {
        const [reason, remedy] =
            files === undefined
                ? ["there is none", "Name the Secret that holds the CA, or have it made."]
                : [files.message, "Run this again when the cluster answers and lets you read it."];
        throw new pulumi.RunError(
            `${source}, which the setting caSecret names, cannot be read: ${reason}. Nothing was changed. ${remedy}`,
        );
    }
    return { source, files };
}

/** @throws pulumi.RunError with all that istiod or workloads would refuse, before anything changes. */
async function checked(source: string, files: CaFiles, trustDomain: string): Promise<SigningCa> {
    const errors = (await checkCa(files, { trustDomain })).filter(({ severity }) => severity === "error");
    const ca = signingCa(files);
    if (errors.length > 0 || "missing" in ca) {
        throw new pulumi.RunError(
            `The CA in ${source} cannot be plugged in. Nothing was changed.\n${formatFindings(errors)}`,
        );
    }
    return ca;
}

/** Under the names of Istio's own form, whatever form they came in, and each block encoded again. */
function publicPart({ caCert, certChain, rootCert, crl }: SigningCa): PublicFiles {
    const certificate = firstCertificate(caCert)!;
    return {
        [caCertFile]: certificate.pem,
        [certChainFile]: encodedAgain(certChain.name, certChain.text),
        [rootCertFile]: trustingFile(certificate.node, encodedAgain(rootCert.name, rootCert.text)),
        ...(crl.text === "" ? {} : { [caCrlFile]: listsAgain(crl.text) }),
    };
}
