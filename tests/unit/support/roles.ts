import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import program from "../../../index";
import { Certificate } from "../../../pki/certificate";
import { csr, issued, KeyPair, newKey, privatePem, selfSigned, publicFiles } from "../../pki";
import { withIstioctl } from "./istioctl";
import { MockedProgram, MockOptions, runMocked } from "./mocks";
import type { ClusterOutputs } from "../../../stacks/outputs";

/** The full names of the stacks of a cluster, of root and of a peer. */
export const stackNames = {
    self: "organization/istio-plugin-ca/cluster1",
    root: "organization/istio-plugin-ca/root",
    peer: "organization/istio-plugin-ca/cluster2",
};

/** The roles of stacks that plug a CA in; outside is role cluster below an outside signer. */
export const plugging = ["cluster", "outside", "ready", "standalone"] as const;
export type Plugging = (typeof plugging)[number];

/** A CA below a root of its own, with all keys. */
export interface TestCa {
    root: { keys: KeyPair; pem: string };
    keys: KeyPair;
    pem: string;
    csr: string;
    key: string;
    files: ReturnType<typeof publicFiles>;
}

/** @param age - of the intermediate, days of its 365 */
export async function testCa(root?: TestCa["root"], age = 0): Promise<TestCa> {
    const keys = await newKey();
    const rootKeys = root?.keys ?? (await newKey());
    const rootPem = root?.pem ?? (await selfSigned(rootKeys));
    const pem = await issued(keys, { keys: rootKeys, pem: rootPem }, { age, san: true });
    return {
        root: { keys: rootKeys, pem: rootPem },
        keys,
        pem,
        csr: await csr(keys),
        key: await privatePem(keys),
        files: publicFiles(pem, rootPem),
    };
}

/** What people compare of the first certificate of a PEM text. */
export function factsOf(pem: string) {
    return Certificate.all(pem)[0]!.facts;
}

/** How an `up` differs from that of a new stack whose CA is good and signed. */
export interface Up {
    config?: Record<string, string>;
    /** This stack's outputs as its last `up` left them. */
    live?: Partial<Record<keyof ClusterOutputs, unknown>>;
    /** What role root reports of the certificate. */
    renewFrom?: string;
    /** The outputs of the stack of cluster2. */
    peer?: Record<string, unknown>;
    preview?: boolean;
}

/** An `up` of a stack of this role under this CA, and the names and types of what it registered, also where it fails. */
export async function upOf(
    role: Plugging,
    ca: TestCa,
    { config = {}, live = {}, renewFrom, peer = {}, preview }: Up = {},
): Promise<{ stack?: MockedProgram<ClusterOutputs>; error?: Error; registered: string[] }> {
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), "role-"));
    const file = (name: string, text: string) => {
        fs.writeFileSync(path.join(folder, name), text, { mode: 0o600 });
        return path.join(folder, name);
    };
    const settings: Record<Plugging, () => Record<string, string>> = {
        cluster: () => ({ role: "cluster" }),
        outside: () => ({
            role: "cluster",
            signer: "outside",
            certificate: file("signed.pem", ca.pem),
            trustBundle: file("roots.pem", ca.root.pem),
        }),
        ready: () => {
            Object.entries({ ...ca.files, "ca-key.pem": ca.key }).forEach(([name, text]) => file(name, text));
            return { role: "ready", caSource: folder };
        },
        standalone: () => ({ role: "standalone" }),
    };
    const registered: string[] = [];
    const options: MockOptions = {
        preview,
        config: { context: "cluster1", ...settings[role](), ...config },
        keys: { "cluster1-1-key": ca.keys, "root-key": ca.root.keys },
        certificates: { "root-cert": ca.root.pem, "cluster1-cert": ca.pem },
        stacks: {
            [stackNames.self]: {
                ...(["cluster", "outside"].includes(role) && { csr: { generation: 1, pem: ca.csr } }),
                ...live,
            },
            [stackNames.root]: {
                certificates: { cluster1: { generation: 1, pem: ca.pem, renewFrom } },
                trustBundle: ca.root.pem,
            },
            [stackNames.peer]: peer,
        },
        onRegister: (name, type) => registered.push(`${type} ${name}`),
    };
    try {
        const run = () => runMocked(program as () => Promise<ClusterOutputs>, options);
        return { stack: await withIstioctl("1.31.0", run), registered };
    } catch (error) {
        return { error: error as Error, registered };
    } finally {
        fs.rmSync(folder, { recursive: true });
    }
}
