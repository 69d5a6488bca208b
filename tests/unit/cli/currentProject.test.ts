import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { nearestProject, projectFolder } from "../../../cli/currentProject";
import { chosen, ProjectFolder } from "../../../operations/project/projectFolder";
import { passphraseVariables } from "../../../operations/project/passphrases";
import { inTemporaryFolder } from "../support/temporary";

const salted = "encryptionsalt: v1:abc\n";

describe("Which stacks a command acts on", () => {
    /** A checkout whose own stack has been initialised or not, beside local stacks or none. */
    function places(dir: string, own: string, local: boolean, manifest = "") {
        const write = (file: string, text: string) => {
            fs.mkdirSync(path.dirname(path.join(dir, file)), { recursive: true });
            fs.writeFileSync(path.join(dir, file), text);
        };
        write("Pulumi.yaml", `name: istio-plugin-ca\nstackConfigDir: stacks\n${manifest}`);
        write("stacks/Pulumi.root.yaml", `${own}config:\n  istio-plugin-ca:role: root\n`);
        if (local) {
            write("local/Pulumi.yaml", "name: istio-plugin-ca\nstackConfigDir: stacks\n");
        }
        return { own: dir, local: path.join(dir, "local") };
    }

    it("are the local ones as long as there are any, otherwise the user's own", () => {
        inTemporaryFolder((dir) => {
            assert.equal(projectFolder(undefined, true, places(dir, "", false)), dir);
            assert.equal(projectFolder(undefined, true, places(dir, "", true)), path.join(dir, "local"));
            assert.equal(projectFolder(undefined, false, places(dir, salted, true)), path.join(dir, "local"));
        });
    });

    for (const [name, own, manifest] of [
        ["a passphrase", salted, ""],
        ["a KMS key", "secretsprovider: awskms://alias/root\nencryptedkey: abc\n", ""],
        ["a backend", "", "backend:\n  url: s3://states\n"],
    ] as const) {
        it(`are not guessed by a command that changes something if the user's own have ${name}`, () => {
            inTemporaryFolder((dir) => {
                const both = places(dir, own, true, manifest);
                assert.throws(() => projectFolder(undefined, true, both), {
                    message:
                        /^There are local stacks \(npm start\) and stacks of your own \(.+\)\. Choose: --project local or --project own\.$/,
                });
                assert.equal(projectFolder("own", true, both), dir);
                assert.equal(projectFolder("local", true, both), both.local);
            });
        });
    }

    it("are not guessed if the environment names a backend", () => {
        inTemporaryFolder((dir) => {
            process.env["PULUMI_BACKEND_URL"] = "s3://states";
            try {
                assert.throws(() => projectFolder(undefined, true, places(dir, "", true)), /Choose/);
            } finally {
                delete process.env["PULUMI_BACKEND_URL"];
            }
        });
    });

    it("are found from a folder below, as pulumi does", () => {
        inTemporaryFolder((dir) => {
            places(dir, "", false);
            fs.mkdirSync(path.join(dir, "a", "b"), { recursive: true });
            assert.equal(nearestProject(path.join(dir, "a", "b")), dir);
            assert.equal(nearestProject(dir), dir);
            assert.equal(nearestProject("/nosuch"), "/nosuch");
        });
    });

    it("are reported if they do not exist", () => {
        inTemporaryFolder((dir) => {
            const none = places(dir, "", false);
            assert.throws(
                () => projectFolder("local", false, none),
                /There is no Pulumi\.yaml in .*\. Make the local stacks: npm start\./,
            );
            assert.throws(
                () => projectFolder(path.join(dir, "stacks"), false, none),
                /There is no Pulumi\.yaml in/,
            );
        });
    });
});

describe("A checkout without settings files", () => {
    it("has no stacks until the examples are copied, as the message says", () => {
        inTemporaryFolder((dir) => {
            const checkout = path.resolve(__dirname, "..", "..", "..");
            fs.copyFileSync(path.join(checkout, "Pulumi.yaml"), path.join(dir, "Pulumi.yaml"));
            const examples = path.join("stacks", "examples");
            fs.cpSync(path.join(checkout, examples), path.join(dir, examples), { recursive: true });
            const project = new ProjectFolder(dir);
            const told = /^There are no stacks: .* has no file .* Start from the examples, .*: `(cp .*)`\.$/;
            assert.throws(() => chosen(project, []), { message: told });
            const [, remedy] = told.exec(refusal(() => chosen(project, [])))!;
            execFileSync("sh", ["-c", remedy!], { cwd: dir });
            assert.deepEqual(
                chosen(project, []).map(({ name, role }) => [name, role]),
                [
                    ["cluster1", "cluster"],
                    ["cluster2", "cluster"],
                    ["root", "root"],
                ],
            );
            const readme = fs.readFileSync(path.join(checkout, "README.md"), "utf8");
            assert.ok(readme.includes(`\n    ${remedy}\n`), "README.md says so too");
        });
    });

    function refusal(action: () => unknown): string {
        try {
            action();
        } catch (error) {
            return (error as Error).message;
        }
        return "";
    }
});

describe("A folder of passphrases", () => {
    it("gives each stack its own, and nothing that takes precedence over it", () => {
        inTemporaryFolder((dir) => {
            const file = path.join(dir, "root");
            fs.writeFileSync(file, "secret", { mode: 0o600 });
            const expected = { PULUMI_CONFIG_PASSPHRASE_FILE: file, PULUMI_CONFIG_PASSPHRASE: undefined };
            assert.deepEqual(passphraseVariables(dir, "root"), expected);
            assert.deepEqual(passphraseVariables(dir, "organization/istio-plugin-ca/root"), expected);
            assert.deepEqual(passphraseVariables(dir, "cluster1"), {});
        });
    });

    it("is refused if others can read it, or it is not one", () => {
        inTemporaryFolder((dir) => {
            const file = path.join(dir, "root");
            for (const mode of [0o640, 0o604, 0o620]) {
                fs.writeFileSync(file, "secret");
                fs.chmodSync(file, mode);
                assert.throws(() => passphraseVariables(dir, "root"), {
                    message: `${file}, the passphrase of stack root, can be read by others (mode ${mode.toString(8)}). Close it: chmod 600 ${file}`,
                });
            }
            fs.writeFileSync(file, "");
            assert.throws(() => passphraseVariables(dir, "root"), /is empty or not a file/);
            fs.rmSync(file);
            fs.mkdirSync(file);
            assert.throws(() => passphraseVariables(dir, "root"), /is empty or not a file/);
            assert.throws(
                () => passphraseVariables(path.join(dir, "nosuch"), "root"),
                /which is not a folder/,
            );
        });
    });
});
