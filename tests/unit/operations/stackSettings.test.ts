import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { StackSettings } from "../../../operations/project/stackSettings";
import { inTemporaryFolder } from "../support/temporary";

const text = `# Ours; ask before you change it.
encryptionsalt: v1:abc=:v1:def
config:
  istio-plugin-ca:role: root
  # Both are needed.
  istio-plugin-ca:clusters:
    - cluster1
    - cluster2
  istio-plugin-ca:signCommand:
    secure: v1:aVeryLongSecretaVeryLongSecretaVeryLongSecretaVeryLongSecretaVeryLongSecretaVeryLongSecretaVeryLong=
`;

describe("A stack's settings", () => {
    it("change where they should, and nowhere else", () => {
        inTemporaryFolder((dir) => {
            const file = path.join(dir, "Pulumi.root.yaml");
            fs.writeFileSync(file, text, { mode: 0o640 });
            const settings = new StackSettings(file);
            const next = settings.with({ roots: ["root", "root-2"], signingRoot: "root" });
            assert.equal(fs.readFileSync(file, "utf8"), text);
            const added =
                "  istio-plugin-ca:roots:\n    - root\n    - root-2\n  istio-plugin-ca:signingRoot: root\n";
            assert.equal(next, text + added);
            settings.replace(next);
            assert.deepEqual(settings.get("roots"), ["root", "root-2"]);
            assert.equal(settings.secretsProvider, "passphrase");
            settings.replace(settings.with({ roots: undefined, signingRoot: undefined }));
            assert.equal(fs.readFileSync(file, "utf8"), text);
            assert.equal(fs.statSync(file).mode & 0o777, 0o640);
            assert.deepEqual(fs.readdirSync(dir), ["Pulumi.root.yaml"]);
        });
    });

    for (const [name, empty] of Object.entries({
        "an empty file": "",
        "no settings": "{}\n",
        null: "config:\n",
    })) {
        it(`are added to ${name}`, () => {
            inTemporaryFolder((dir) => {
                const file = path.join(dir, "Pulumi.root.yaml");
                fs.writeFileSync(file, empty);
                const settings = new StackSettings(file);
                settings.replace(settings.with({ signingRoot: "root" }));
                assert.equal(settings.get("signingRoot"), "root");
                assert.equal(settings.secretsProvider, undefined);
            });
        });
    }

    it("stay as they are if they already have the value", () => {
        inTemporaryFolder((dir) => {
            const file = path.join(dir, "Pulumi.one.yaml");
            const ugly = "config: {istio-plugin-ca:roots:   [ root ]}";
            fs.writeFileSync(file, ugly);
            assert.equal(new StackSettings(file).with({ roots: ["root"], previousCa: undefined }), ugly);
        });
    });

    it("keep their indentation", () => {
        inTemporaryFolder((dir) => {
            const file = path.join(dir, "Pulumi.one.yaml");
            const example =
                "config:\n    istio-plugin-ca:role: root\n    istio-plugin-ca:clusters:\n        - one\n";
            fs.writeFileSync(file, example);
            const added = "    istio-plugin-ca:signingRoot: root\n";
            assert.equal(new StackSettings(file).with({ signingRoot: "root" }), example + added);
        });
    });

    it("are those of the file behind a symbolic link, which stays one", () => {
        inTemporaryFolder((dir) => {
            const [file, link] = [path.join(dir, "real.yaml"), path.join(dir, "Pulumi.root.yaml")];
            fs.writeFileSync(file, text);
            fs.symlinkSync(file, link);
            const settings = new StackSettings(link);
            settings.replace(settings.with({ signingRoot: "root" }));
            assert.ok(fs.lstatSync(link).isSymbolicLink());
            assert.match(fs.readFileSync(file, "utf8"), /signingRoot: root/);
        });
    });
});
