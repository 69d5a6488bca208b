import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import * as path from "node:path";
import type { KubeConfig } from "@kubernetes/client-node";
import { parse } from "yaml";
import { PropertyMap } from "../provider";
import { isMap } from "../properties";
import { ProviderConfig } from "./config";
import { UnreachableError } from "./statusError";

/**
 * The kubeconfig that the provider's configuration names, its current context and cluster set accordingly.
 *
 * @throws UnreachableError when there is none, it cannot be read, or it lacks the context or the cluster.
 */
export async function loadKubeconfig(config: ProviderConfig): Promise<KubeConfig> {
    const { KubeConfig } = await import("./clientNode.js");
    const kubeconfig = new KubeConfig();
    if (config.kubeconfig) {
        try {
            loadPathOrContent(kubeconfig, config.kubeconfig);
        } catch (error) {
            throw new UnreachableError(
                `failed to parse kubeconfig data in \`kubernetes:config:kubeconfig\`- ${(error as Error).message}`,
            );
        }
    } else {
        kubeconfig.loadFromDefault();
    }
    if (config.context) {
        kubeconfig.setCurrentContext(config.context);
    }
    requireCluster(kubeconfig, config);
    return kubeconfig;
}

/** The namespace of objects that name none. */
export function defaultNamespace(config: ProviderConfig, kubeconfig: KubeConfig): string {
    const context = kubeconfig.getContextObject(kubeconfig.getCurrentContext());
    return config.namespace || context?.namespace || "default";
}

/**
 * The cluster that the provider's properties choose in their kubeconfig, as its kubeconfig describes it.
 */
export function activeCluster(properties: PropertyMap): unknown {
    const kubeconfig = properties["kubeconfig"];
    if (typeof kubeconfig !== "string" || !kubeconfig) {
        return undefined;
    }
    const content = parseContent(readPathOrContent(kubeconfig).content);
    const named = (list: string, name: unknown): PropertyMap | undefined => {
        const elements = content[list];
        return Array.isArray(elements) ? elements.filter(isMap).find((e) => e["name"] === name) : undefined;
    };
    const context = named("contexts", properties["context"] ?? content["current-context"])?.["context"];
    return isMap(context)
        ? named("clusters", properties["cluster"] ?? context["cluster"])?.["cluster"]
        : undefined;
}

function loadPathOrContent(kubeconfig: KubeConfig, pathOrContent: string): void {
    const { file, content } = readPathOrContent(pathOrContent);
    parseContent(content);
    kubeconfig.loadFromString(content);
    if (file) {
        kubeconfig.makePathsAbsolute(path.dirname(file));
    }
}

function readPathOrContent(pathOrContent: string): { file?: string; content: string } {
    const file = pathOrContent.replace(/^~(?=$|\/)/, homedir());
    return existsSync(file) ? { file, content: readFileSync(file, "utf8") } : { content: pathOrContent };
}

function parseContent(content: string): PropertyMap {
    const parsed = parse(content, { prettyErrors: false }) as unknown;
    if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
        throw new Error(
            "couldn't get version/kind; json parse error: json: cannot unmarshal string into Go value of type struct " +
                '{ APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }',
        );
    }
    return parsed as PropertyMap;
}

function requireCluster(kubeconfig: KubeConfig, config: ProviderConfig): void {
    const context = kubeconfig.getContextObject(kubeconfig.getCurrentContext());
    if (!context) {
        throw notLoaded(`context "${kubeconfig.getCurrentContext()}" does not exist`);
    }
    if (config.cluster) {
        const chosen = { ...context, cluster: config.cluster };
        kubeconfig.contexts = kubeconfig.contexts.map((other) => (other === context ? chosen : other));
    }
    const cluster = kubeconfig.getCurrentCluster();
    if (!cluster) {
        throw notLoaded(`cluster "${config.cluster || context.cluster}" does not exist`);
    }
    if (!config.kubeconfig && cluster.server === emptyDefaultServer) {
        throw notLoaded(
            "invalid configuration: no configuration has been provided, try setting KUBERNETES_MASTER environment variable",
        );
    }
}

/** What client-node assumes when it finds no kubeconfig at all. */
const emptyDefaultServer = "http://localhost:8080";

function notLoaded(reason: string): UnreachableError {
    return new UnreachableError(
        "unable to load Kubernetes client configuration from kubeconfig file. Make sure you have: \n\n" +
            " \t • set up the provider as per " +
            `https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/ \n\n ${reason}`,
    );
}
