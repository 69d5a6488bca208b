import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import { Document, isMap, parseDocument } from "yaml";

/** The namespace of this project's settings. */
export const settingsNamespace = "istio-plugin-ca:";

/** A stack's settings file, `Pulumi.<stack>.yaml`. Comments, and everything that does not change, stay as they are. */
export class StackSettings {
    /** The text of the file when {@link with} last read it. */
    private seen: string | undefined;

    /** @param file - an existing file, or a symbolic link to one */
    constructor(private readonly file: string) {}

    /** The value of a setting; undefined if it is not set. An encrypted value is an object. */
    get(key: string): unknown {
        return (this.read().toJS() as { config?: Record<string, unknown> } | null)?.config?.[
            settingsNamespace + key
        ];
    }

    /** How the stack's secrets are encrypted, as `pulumi stack init` writes it to the file. */
    get secretsProvider(): string | undefined {
        const { secretsprovider, encryptionsalt } = (this.read().toJS() ?? {}) as Record<string, string>;
        return secretsprovider ?? (encryptionsalt === undefined ? undefined : "passphrase");
    }

    /** The text of the file with other values. A value of undefined removes the setting. */
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
     * Replaces the file's text with a result of {@link with}: entirely or not at all, even if the process is killed meanwhile.
     *
     * @throws Error if somebody else has changed the file since it was read.
     */
    replace(text: string): void {
        const file = fs.realpathSync(this.file);
        if (fs.readFileSync(file, "utf8") !== this.seen) {
            throw new Error(
                `${file} was changed by somebody else in the meantime. Nothing was written. Run this again.`,
            );
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
