import * as path from "node:path";
import { execa } from "execa";
import { readTrustDomain } from "../config/cluster";
import { readReissue } from "../config/istio";
import { readLinks } from "../config/links";
import { readVerification } from "../config/verification";
import { readWorkloads } from "../config/workloads";
import { expandHome } from "../config/reader";
import { caCertFile, caCrlFile, rootCertFile } from "../pki/caFiles";
import type { VerificationInput } from "../verify/input";
import type { MatrixInput } from "../verify/matrixInput";
import { progressLine } from "../verify/progress";
import { Project } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/** How to run a verification. */
export interface VerifyOptions {
    /** For how long failed checks are repeated, seconds. */
    limitSeconds: number;
    /** Whether the report is JSON instead of a table. */
    json?: boolean;
    /** Receives a line on how many proxies have picked up the CA; never called for a JSON report. */
    onProgress?: (line: string) => void;
    /** Of a stack that links clusters: the stacks of those that are left out. */
    without?: string[];
}

/** What a verification printed, and its exit status: 0 as expected, 1 not as expected, 2 cannot tell. */
export interface Verification {
    output: string;
    exitCode: number;
}

/**
 * Proves by real handshakes that the mesh of a stack runs under the stack's CA; of a stack that links clusters, that their workloads
 * trust each other.
 */
export async function verify(project: Project, stack: string, options: VerifyOptions): Promise<Verification> {
    const links = project.stacks().some(({ name, role }) => name === stack && role === "mesh");
    return links
        ? run("matrixMain.ts", await matrixInput(project, stack, options), options)
        : run("main.ts", await verificationInput(project, stack, options.limitSeconds), options);
}

async function run(main: string, input: object, options: VerifyOptions): Promise<Verification> {
    const program = path.join(__dirname, "..", "verify", main);
    const args = [
        "--require",
        "sucrase/register/ts",
        program,
        "--input",
        "-",
        ...(options.json ? ["--json"] : []),
    ];
    const { all, exitCode } = await execa(process.execPath, args, {
        input: JSON.stringify(input),
        stderr: function* (line: unknown) {
            if (!progressLine.test(String(line))) {
                yield line;
            } else {
                options.onProgress?.(String(line));
            }
        },
        all: true,
        reject: false,
    });
    return { output: all, exitCode: exitCode ?? 2 };
}

/** The clusters that a stack links, according to the outputs of their stacks. */
async function matrixInput(
    project: Project,
    name: string,
    { limitSeconds, without = [] }: VerifyOptions,
): Promise<MatrixInput> {
    const reader = await project.reader(name);
    const { kubeconfig } = readLinks(reader);
    reader.throwFaults();
    const { links } = await stackOutputs(project, name);
    if (!links) {
        throw new Error(`Stack ${name} links no clusters yet. Link them: \`pulumi up --stack ${name}\`.`);
    }
    const expected = Object.entries(links).filter(([, { stack }]) => !without.includes(stack));
    const linked = await project.each(expected, async ([cluster, { stack, context }]) => {
        const { files, multicluster } = await stackOutputs(project, stack);
        if (!files || !multicluster) {
            throw new Error(
                `Stack ${stack} has no CA plugged in, or is no part of a mesh of several clusters. Bring it up: \`pulumi up --stack ${stack}\`.`,
            );
        }
        const { network, gateway, trustDomain } = multicluster;
        const pems = { caCertPem: files[caCertFile], rootCertPem: files[rootCertFile] };
        return { trustDomain, member: { cluster, context, ...pems, network, gateway } };
    });
    const clusters = linked.map(({ member }) => member);
    return { kubeconfig, clusters, trustDomain: linked[0]?.trustDomain, limitSeconds };
}

/** What to verify, according to the stack's outputs and settings. */
async function verificationInput(
    project: Project,
    stackName: string,
    limitSeconds: number,
): Promise<VerificationInput> {
    const { files } = await stackOutputs(project, stackName);
    if (!files) {
        throw new Error(
            `Stack ${stackName} has no CA plugged in yet. Plug it in: \`pulumi up --stack ${stackName}\`.`,
        );
    }
    const reader = await project.reader(stackName);
    const { exclude } = readVerification(reader);
    const reissueMinutes = readReissue(reader);
    const { samples } = readWorkloads(reader);
    const kubeconfig = reader.text("kubeconfig");
    const input: VerificationInput = {
        // If they are missing, those that kubectl uses.
        ...(kubeconfig && { kubeconfig: expandHome(kubeconfig) }),
        context: reader.text("context"),
        trustDomain: readTrustDomain(reader),
        rootCert: files[rootCertFile],
        caCert: files[caCertFile],
        reissueMinutes,
        crls: files[caCrlFile],
        workloads: samples,
        exclude,
        limitSeconds,
    };
    reader.throwFaults();
    return input;
}
