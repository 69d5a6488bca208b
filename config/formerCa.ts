import { formerCaName, ownCaName } from "../pki/formerCa";
import { ConfigReader } from "./reader";
import { ClusterAccess, FormerCaSettings } from "./settings";

const names = [formerCaName, ownCaName];

/**
 * The CA that a live mesh had so far, and which of the two is trusted and signs; undefined once this stack's stands alone.
 * Named alone it signs on, trusted beside this stack's: the first step.
 */
export function readFormerCa(reader: ConfigReader, access: ClusterAccess): FormerCaSettings | undefined {
    const secret = reader.text("formerCa");
    const given = reader.list("roots") ?? [];
    const roots = given.length > 0 ? given : names;
    const signingRoot = reader.text("signingRoot") ?? roots[0]!;
    if (secret === undefined) {
        return undefined;
    }
    const [namespace = "", name = "", ...rest] = secret.split("/");
    if (!namespace || !name || rest.length > 0) {
        const allowed = "namespace/name of the Secret with the CA that istiod had so far";
        reader.fault("formerCa", secret, allowed, "set it to istio-system/istio-ca-secret, Istio's own");
    }
    for (const root of roots.filter((each) => !names.includes(each))) {
        reader.fault("roots", root, `${names.join(", ")} where there is a formerCa`, "remove it");
    }
    if (!roots.includes(signingRoot)) {
        reader.fault("signingRoot", signingRoot, roots.join(", "), "name one of roots, or add it to them");
    }
    const own = roots.length === 1 && signingRoot === ownCaName;
    return own ? undefined : { ...access, namespace, name, roots, signingRoot };
}
