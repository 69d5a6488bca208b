import { Certificate } from "../pki/certificate";
import type { StackFacts } from "../report/trustFacts";
import { newKey, selfSigned } from "./pki";

const day = 86_400_000;

/** What the stacks of a project have exported: root, clusters below it, and a stack that links them all. Nothing is due. */
export async function stackFacts(count: number): Promise<StackFacts[]> {
    const facts = async (subject: string, days: number) => {
        const [certificate] = Certificate.all(await selfSigned(await newKey(), { subject, days }));
        return certificate!;
    };
    const [root, ca] = await Promise.all([facts("CN=Root CA", 3650), facts("CN=Intermediate CA", 365)]);
    const names = Array.from({ length: count }, (_, i) => `cluster${i + 1}`);
    const renewFrom = new Date(Date.now() + 270 * day).toISOString();
    const token = { number: 1, expires: new Date(Date.now() + 90 * day).toISOString(), renewFrom };
    const files = { "ca-cert.pem": ca.pem, "cert-chain.pem": ca.pem, "root-cert.pem": root.pem };
    return [
        {
            stack: "root",
            role: "root",
            outputs: { roots: { root: root.facts }, root: root.facts, trustBundle: root.pem },
        },
        ...names.map((stack) => ({
            stack,
            role: "cluster",
            outputs: { status: "CA signed", root: root.facts, ca: { ...ca.facts, renewFrom }, files },
        })),
        {
            stack: "mesh",
            role: "mesh",
            outputs: {
                links: Object.fromEntries(
                    names.map((stack) => [stack, { stack, context: stack, network: stack, token }]),
                ),
                matrix: {
                    clusters: names,
                    cells: names.flatMap((from) =>
                        names.filter((to) => to !== from).map((to) => ({ from, to, ok: true })),
                    ),
                },
            },
        },
    ];
}
