import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { Document, isMap, parseDocument } from "yaml";

/** The namespace of this project's settings. */
export const settingsNamespace = "istio-plugin-ca:";

/** A stack's file of settings, `Pulumi.<stack>.yaml`. Comments and all that is not changed stay as they are. */
export class StackSettings {
    /** What the file said when other values were put beside it. */
    private seen: string | undefined;

    /** @param file - an existing file; where it is a symbolic link, that which it names */
    constructor(private readonly file: string) {}

    /** The value of a setting; undefined where it is not set. An encrypted one is an object. */
    get(key: string): unknown {
        return (this.read().toJS() as { config?: Record<string, unknown> } | null)?.config?.[
            settingsNamespace + key
        ];
    }

    /** Whether the file names how the stack's secrets are encrypted, as `pulumi stack init` notes it. */
    get secretsProvider(): string | undefined {
        const { secretsprovider, encryptionsalt } = (this.read().toJS() ?? {}) as Record<string, string>;
        return secretsprovider ?? (encryptionsalt === undefined ? undefined : "passphrase");
    }

    /** The text of the file with other values; undefined removes a setting. */
    with(values: object): string {
        this.seen = fs.readFileSync(this.file, "utf8");
        const document = parseDocument(this.seen);
        const changed = Object.entries(values).filter(
            ([key, value]) => JSON.stringify(value) !== JSON.stringify(this.get(key)),
        ) as [string, unknown][];
        if (changed.length === 0) {
            return this.seen;
        }
        if (!isMap(document.get("config"))) {
            document.set("config", document.createNode({}));
        }
        for (const [key, value] of changed) {
            const path = ["config", settingsNamespace + key];
            if (value === undefined) {
                document.deleteIn(path);
            } else {
                document.setIn(path, document.createNode(value));
            }
        }
        const indent = /^( +)\S/m.exec(this.seen)?.[1]!.length;
        return document.toString({ lineWidth: 0, ...(indent && { indent }) });
    }

    /**
     * Puts a text of {@link with} in the place of the file's, whole or not at all, whoever is killed in between.
     *
     * @throws Error where somebody else has changed the file in the meantime.
     */
    replace(text: string): void {
        const file = fs.realpathSync(this.file);
        if (fs.readFileSync(file, "utf8") !== this.seen) {
            throw new Error(`${file} was changed by somebody else in the meantime. Run this again.`);
        }
        const next = `${file}.${randomBytes(6).toString("hex")}`;
        fs.writeFileSync(next, text, { flag: "wx", mode: fs.statSync(file).mode & 0o777, flush: true });
        fs.renameSync(next, file);
        this.seen = text;
    }

    private read(): Document {
        return parseDocument(fs.readFileSync(this.file, "utf8"));
    }
}
