import { Exclusions } from "../kube/exclusions";
import { MeshVerificationSettings } from "./meshSettings";
import { ConfigReader } from "./reader";

/** Whether an `up` verifies the mesh, for how long, and which proxies it leaves out. */
export function readVerification(reader: ConfigReader): MeshVerificationSettings {
    const exclude = reader.list("verificationExclude") ?? [];
    for (const pattern of exclude) {
        const allowed = Exclusions.fault(pattern);
        if (allowed) {
            const remedy = "name only the proxies that may lag behind";
            reader.fault("verificationExclude", pattern, allowed, remedy);
        }
    }
    return {
        enabled: reader.flag("verification", true),
        timeoutSeconds: reader.integer("verificationTimeoutSeconds", 1) ?? 180,
        exclude,
    };
}
