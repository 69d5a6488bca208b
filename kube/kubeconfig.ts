import { KubeConfig } from "@kubernetes/client-node";
import { reason } from "./apiError";
import { Unreachable } from "./unreachable";

/**
 * Reads a kubeconfig as kubectl does.
 *
 * @throws Unreachable if the file, or the context in it, is missing or cannot be read.
 */
export function loadKubeconfig(kubeconfig?: string, context?: string): KubeConfig {
    const config = new KubeConfig();
    try {
        if (kubeconfig === undefined) {
            config.loadFromDefault();
        } else {
            config.loadFromFile(kubeconfig);
        }
    } catch (error) {
        throw new Unreachable(`cannot read the kubeconfig: ${unreadable(error, kubeconfig)}`);
    }
    // What client-node invents if there is neither a file nor a service account.
    if (config.currentContext === "loaded-context" && config.getCurrentCluster()?.server === madeUpServer) {
        throw new Unreachable("there is no kubeconfig: neither $KUBECONFIG nor ~/.kube/config names one");
    }
    const contexts = config.getContexts().map(({ name }) => name);
    if (context !== undefined) {
        config.setCurrentContext(context);
    }
    if (!contexts.includes(config.currentContext)) {
        const has = contexts.length > 0 ? `it has ${contexts.join(", ")}` : "it has none";
        throw new Unreachable(
            `the kubeconfig has no context ${JSON.stringify(config.currentContext)}: ${has}`,
        );
    }
    return config;
}

const madeUpServer = "http://localhost:8080";

function unreadable(error: unknown, kubeconfig?: string): string {
    const { code, path } = error as NodeJS.ErrnoException;
    const reasons: Record<string, string> = {
        ENOENT: "there is no such file",
        EACCES: "permission denied",
        EISDIR: "it is a folder",
    };
    const why = reasons[code ?? ""] ?? reason(error).split(/ {2}/)[0]!;
    return (path ?? kubeconfig) ? `${path ?? kubeconfig}: ${why}` : why;
}
