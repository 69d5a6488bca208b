import { CaFiles, secretFiles } from "../pki/caFiles";
import { readable } from "./apiError";
import { Cluster } from "./cluster";
import { request } from "./requests";

/** Where a Secret with a CA is. */
export interface SecretLocation {
    /** Default: as kubectl. */
    kubeconfig?: string;
    /** Default: the current one. */
    context?: string;
    namespace: string;
    name: string;
}

/**
 * The files of a CA in a cluster's Secret; undefined if there is none.
 *
 * @throws Unreachable if the cluster cannot be reached or does not show it, saying which and why.
 */
export async function readCaSecret(location: SecretLocation): Promise<CaFiles | undefined> {
    const { kubeconfig, context, namespace, name } = location;
    const cluster = await Cluster.connect(kubeconfig, context);
    const secret = await readable(
        `Secret ${namespace}/${name} of context ${cluster.context}`,
        request((options) => cluster.core.readNamespacedSecret({ namespace, name }, options)),
    );
    return secret && secretFiles(secret);
}
