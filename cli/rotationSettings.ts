import { Stack } from "@pulumi/pulumi/automation";
import pMap from "p-map";
import { rootCertFile } from "../pki/bundle";
import { parseCertificates } from "../pki/certificates";
import type { PublicFiles } from "../pki/bundle";
import { Project } from "./project";
import { Roots } from "./rotation";

const namespace = "istio-plugin-ca:";

/** What stack root's settings say of its roots, and of the clusters that trust them. */
export async function readRoots(stack: Stack): Promise<Roots & { clusters: string[] }> {
    const config = await stack.getAllConfig();
    const list = (key: string) => JSON.parse(config[namespace + key]?.value || "[]") as string[];
    const roots = list("roots").length > 0 ? list("roots") : ["root"];
    return {
        roots,
        signingRoot: config[`${namespace}signingRoot`]?.value || roots[0]!,
        clusters: list("clusters"),
    };
}

/** Takes one step, forth or back, in one command: whoever kills it leaves settings that are those before or after it. */
export async function writeRoots(stack: Stack, from: Roots, { roots, signingRoot }: Roots): Promise<void> {
    const gone = from.roots.findIndex((name) => !roots.includes(name));
    if (gone >= 0) {
        return stack.removeConfig(`${namespace}roots[${gone}]`, true);
    }
    const values = [...roots.map((name, index) => [`roots[${index}]`, name]), ["signingRoot", signingRoot]];
    const config = values.map(([key, value]) => [`${namespace}${key}`, { value }]);
    await stack.setAllConfig(Object.fromEntries(config) as Record<string, { value: string }>, true);
}

/** Whether any of these stacks, root or cluster, still trusts more roots than one, as its last `up` left it. */
export async function trustSeveral(project: Project, stacks: string[]): Promise<boolean> {
    const bundles = await pMap(stacks, async (name) => {
        const outputs = await (await project.open(name)).outputs();
        const files = outputs["files"]?.value as PublicFiles | undefined;
        return (outputs["trustBundle"]?.value as string | undefined) ?? files?.[rootCertFile] ?? "";
    });
    return bundles.some((pem) => parseCertificates(pem).length > 1);
}

/**
 * How long the proxies of each cluster may take to follow, seconds.
 *
 * @throws Error where nobody looks at them: such a cluster would pass every gate.
 */
export async function verificationLimits(project: Project, clusters: string[]): Promise<Map<string, number>> {
    const settings = await pMap(clusters, async (name) => {
        const config = await (await project.open(name)).getAllConfig();
        return [name, (key: string) => config[namespace + key]?.value] as const;
    });
    const unseen = settings.flatMap(([name, setting]) =>
        ["deploy", "verification"].some((key) => setting(key) === "false") ? [name] : [],
    );
    if (unseen.length > 0) {
        throw new Error(
            `The proxies of ${unseen.join(", ")} cannot be seen: deploy or verification is false. Set both to true, or change roots and signingRoot by hand, step by step.`,
        );
    }
    return new Map(
        settings.map(([name, setting]) => [name, Number(setting("verificationTimeoutSeconds") || 180)]),
    );
}
