import * as path from "node:path";
import { execa } from "execa";
import { readTrustDomain } from "../config/cluster";
import { readReissue } from "../config/istio";
import type { ClusterAccess } from "../config/meshSettings";
import { readLinks } from "../config/links";
import { readVerification } from "../config/verification";
import { readWorkloads } from "../config/workloads";
import { expandHome } from "../config/reader";
import { caCertFile, caCrlFile, CaFiles, rootCertFile } from "../pki/caFiles";
import type { VerificationInput } from "../verify/input";
import type { MatrixInput } from "../verify/matrixInput";
import { progressLine } from "../verify/progress";
import { NotExported } from "./errors";
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
    /** Where the mesh is, in place of what the stack's settings say. */
    access?: Partial<ClusterAccess>;
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
        ? run("matrixMain", await matrixInput(project, stack, options), options)
        : run("main", await verificationInput(project, stack, options), options);
}

/** Proves the same of a CA in files, of no stack. */
export function verifyFiles(files: CaFiles, options: VerifyOptions): Promise<Verification> {
    const { kubeconfig, context } = options.access ?? {};
    const [caCert, rootCert] = [
        certificateOf(files, caCertFile, "tls.crt"),
        certificateOf(files, rootCertFile, "ca.crt"),
    ];
    const input: VerificationInput = {
        kubeconfig,
        context,
        caCert,
        rootCert,
        crls: files[caCrlFile],
        limitSeconds: options.limitSeconds,
    };
    return run("main", input, options);
}

function certificateOf(files: CaFiles, name: string, otherName: string): string {
    const text = files[name] ?? files[otherName];
    if (text === undefined) {
        throw new Error(
            `There is no ${name} (or ${otherName}) in what --ca names. Name a folder or a Secret's file that has it.`,
        );
    }
    return text;
}

async function run(main: string, input: object, options: VerifyOptions): Promise<Verification> {
    const extension = path.extname(__filename);
    const args = [
        ...(extension === ".ts"
            ? ["--require", path.join(__dirname, "..", "program", "typescript.cjs")]
            : []),
        path.join(__dirname, "..", "verify", main + extension),
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
        const { trustDomain, network, gateway, reissueMinutes } = multicluster;
        const pems = {
            caCertPem: files[caCertFile],
            rootCertPem: files[rootCertFile],
            crls: files[caCrlFile],
        };
        return { trustDomain, member: { cluster, context, ...pems, network, gateway, reissueMinutes } };
    });
    const clusters = linked.map(({ member }) => member);
    return { kubeconfig, clusters, trustDomain: linked[0]?.trustDomain, limitSeconds };
}

/** What to verify, according to the stack's outputs and settings. */
async function verificationInput(
    project: Project,
    stackName: string,
    { limitSeconds, access }: VerifyOptions,
): Promise<VerificationInput> {
    const { files } = await stackOutputs(project, stackName);
    const isOurs = project.stacks().some(({ name, role }) => name === stackName && role !== "");
    if (!files) {
        throw isOurs
            ? new Error(
                  `Stack ${stackName} has no CA plugged in yet. Plug it in: \`pulumi up --stack ${stackName}\`.`,
              )
            : new NotExported(stackName, "files");
    }
    const reader = await project.reader(stackName);
    const { exclude } = readVerification(reader);
    const reissueMinutes = readReissue(reader);
    const { samples } = readWorkloads(reader);
    const kubeconfig = access?.kubeconfig ?? reader.text("kubeconfig");
    const context = access?.context ?? reader.text("context");
    if (context === undefined && !isOurs) {
        throw new Error(
            `Stack ${stackName} has no setting context, which says where its mesh is. Name it: --context.`,
        );
    }
    const input: VerificationInput = {
        // If they are missing, those that kubectl uses.
        ...(kubeconfig && { kubeconfig: expandHome(kubeconfig) }),
        context,
        trustDomain: readTrustDomain(reader),
        rootCert: files[rootCertFile],
        caCert: files[caCertFile],
        reissueMinutes,
        crls: files[caCrlFile],
        // Somebody else's program need not have the samples.
        ...(isOurs && { workloads: samples }),
        exclude,
        limitSeconds,
    };
    reader.throwFaults();
    return input;
}
