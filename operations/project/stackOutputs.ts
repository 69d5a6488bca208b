import * as v from "valibot";
import { istioModes } from "../../config/meshSettings";
import { caCertFile, caCrlFile, certChainFile, rootCertFile } from "../../pki/caFiles";
import type { CertificateFacts } from "../../pki/certificate";
import type { ClusterOutputs, EarlierOutputs, LinksOutputs, RootOutputs } from "../../stacks/outputs";
import { Fault, MatrixSummary } from "../../verify/matrixReport";
import type { Project } from "./project";

/** What the operations read of the outputs of stacks, of any role. What the last `up` did not export is missing. */
export type StackOutputs = Partial<
    Pick<RootOutputs, "roots" | "trustBundle" | "certificates" | "withheld"> &
        Pick<
            ClusterOutputs,
            "status" | "csr" | "root" | "files" | "previousCa" | "istioMode" | "multicluster"
        > &
        Pick<LinksOutputs, "links"> &
        EarlierOutputs & {
            ca: CertificateFacts & { renewFrom?: string };
            matrix: Pick<MatrixSummary, "clusters" | "cells">;
        }
>;

const text = v.string();
const facts = v.object({
    subject: text,
    issuer: text,
    serial: text,
    fingerprint: text,
    notBefore: text,
    notAfter: text,
});
const ofGeneration = v.object({ generation: v.number(), pem: text });
const renewFrom = v.optional(text);
const outputs: v.GenericSchema<unknown, StackOutputs> = v.partial(
    v.object({
        root: facts,
        roots: v.record(text, facts),
        trustBundle: text,
        certificates: v.record(text, v.object({ ...ofGeneration.entries, renewFrom })),
        withheld: v.array(text),
        status: text,
        csr: ofGeneration,
        ca: v.object({ ...facts.entries, renewFrom }),
        files: v.object({
            [caCertFile]: text,
            [certChainFile]: text,
            [rootCertFile]: text,
            [caCrlFile]: v.optional(text),
        }),
        previousCa: facts,
        formerCa: facts,
        istioMode: v.picklist(istioModes),
        multicluster: v.object({
            meshId: text,
            network: text,
            trustDomain: text,
            reissueMinutes: v.optional(v.number()),
            gateway: v.optional(v.array(text)),
        }),
        links: v.record(
            text,
            v.object({
                stack: text,
                context: text,
                network: text,
                token: v.optional(v.object({ number: v.number(), expires: text, renewFrom: text })),
            }),
        ),
        matrix: v.object({
            clusters: v.array(text),
            cells: v.array(
                v.object({
                    from: text,
                    to: text,
                    ok: v.boolean(),
                    fault: v.optional(v.enum(Fault)),
                    found: v.optional(text),
                    remedy: v.optional(text),
                }),
            ),
        }),
    }),
);

/**
 * The outputs of a stack's last `up`. All of them are public, so that its passphrase is not needed.
 *
 * @throws Error naming each output that another version of this program has exported in another form
 */
export async function stackOutputs(project: Project, stack: string): Promise<StackOutputs> {
    const read = v.safeParse(
        outputs,
        JSON.parse(await project.pulumi(stack, "stack", "output", "--json")) as unknown,
    );
    if (!read.success) {
        const faults = read.issues.map((issue) => `${v.getDotPath(issue)}: ${issue.message}`);
        throw new Error(
            `Stack ${stack} has outputs that this version does not know (${faults.join("; ")}). Bring it up with this version: \`pulumi up --stack ${stack}\`.`,
        );
    }
    return read.output;
}
