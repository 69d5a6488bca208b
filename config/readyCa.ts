import { CaFiles, keyFile } from "../pki/caFiles";
import { readCaFiles } from "./caSource";
import { readAccess } from "./access";
import { ConfigReader, expandHome } from "./reader";
import { ReadySettings } from "./settings";

/** Where a CA that somebody else made comes from: files, whose key may come apart as a secret, or a cluster's Secret. */
export function readReadyCa(reader: ConfigReader): Pick<ReadySettings, "ca"> {
    const source = reader.text("caSource") ?? "";
    const secret = reader.text("caSecret");
    const key = reader.secret("caKey");
    if ((source === "") === (secret === undefined)) {
        const found = source === "" ? undefined : `${source}, beside caSecret ${secret}`;
        reader.fault(
            "caSource",
            found,
            "a folder with ca-cert.pem and so on, or the file of a Secret; otherwise caSecret, a Secret in the cluster",
            "name the one place where the CA is; a path is relative to the project",
        );
    }
    if (secret !== undefined) {
        return { ca: readSecret(reader, secret, key) };
    }
    let files: CaFiles = {};
    try {
        files = source === "" ? {} : readCaFiles(expandHome(source));
    } catch (error) {
        reader.fault(
            "caSource",
            source,
            "a folder with ca-cert.pem and so on, or the file of a Secret",
            `correct the path, which is relative to the project: ${(error as Error).message}`,
        );
    }
    return { ca: { source, files: key === undefined ? files : { ...files, [keyFile(files)]: key } } };
}

/** `cacerts` itself is refused: this stack writes it. */
function readSecret(reader: ConfigReader, secret: string, key: string | undefined): ReadySettings["ca"] {
    const [namespace = "", name = "", ...rest] = secret.split("/");
    if (!namespace || !name || rest.length > 0 || secret === "istio-system/cacerts") {
        const remedy =
            "name the Secret that cert-manager, Vault or you maintain, not the one that istiod reads";
        reader.fault(
            "caSecret",
            secret,
            "namespace/name of a Secret other than istio-system/cacerts",
            remedy,
        );
    }
    if (key !== undefined) {
        reader.fault("caKey", "set beside caSecret", "nothing: the Secret holds the key", "remove it");
    }
    return { ...readAccess(reader, "name a caSource"), namespace, name };
}
