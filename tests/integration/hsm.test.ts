import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { Project } from "../../operations/project/project";
import { findCommand, installPackages } from "../../local/toolchain/systemCommands";
import { Certificate } from "../../pki/certificate";
import { Crl } from "../../pki/crl";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { csr, newKey } from "../pki";
import { opensslRoot, sign } from "../signing";
import { changeSettings, freshProject, outputs, pulumi, pulumiWith } from "./fixture";
import { ProcessWatch } from "./processWatch";

const softHsm = "/usr/lib/softhsm/libsofthsm2.so";
const engines = "/usr/lib/*/engines-3/pkcs11.so";
const withEngine = (uri: string) => `openssl dgst -sha256 -engine pkcs11 -keyform engine -sign "${uri}"`;

describe("A root key in a PKCS #11 token", function () {
    this.timeout("10m");
    /** No other text in any process contains it. */
    const pin = "482915736";
    let dir: string;
    /** The key's URI, with the PIN's file. */
    let key: string;
    let env: Record<string, string>;

    before(async () => {
        if (
            ![softHsm, engines].every((file) => fs.globSync(file).length > 0) ||
            !findCommand("pkcs11-tool")
        ) {
            await installPackages(["softhsm2", "opensc", "libengine-pkcs11-openssl"]);
        }
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "hsm-"));
        fs.mkdirSync(path.join(dir, "tokens"));
        fs.writeFileSync(path.join(dir, "softhsm.conf"), `directories.tokendir = ${dir}/tokens\n`);
        env = { SOFTHSM2_CONF: path.join(dir, "softhsm.conf"), PKCS11_MODULE_PATH: softHsm };
        fs.writeFileSync(path.join(dir, "pin"), pin, { mode: 0o600 });
        fs.writeFileSync(path.join(dir, "wrong-pin"), "4321", { mode: 0o600 });
        key = `pkcs11:token=root;object=root;type=private;pin-source=file:${dir}/pin`;
        const token = ["--free", "--label", "root", "--pin", pin, "--so-pin", pin];
        await run("softhsm2-util", "--init-token", ...token);
        const pair = ["--keypairgen", "--key-type", "EC:prime256v1", "--label", "root", "--id", "01"];
        await run("pkcs11-tool", "--module", softHsm, "--login", "--pin", pin, ...pair);
        await opensslRoot(dir, "root", {
            key: ["-new", "-engine", "pkcs11", "-keyform", "engine", "-key", key],
            env,
        });
    });

    after(() => fs.rmSync(dir, { recursive: true, force: true }));

    it("signs an intermediate without leaving it", async () => {
        fs.writeFileSync(path.join(dir, "csr.pem"), await csr(await newKey()));
        const { stdout } = await signRequest(withEngine(key));
        fs.writeFileSync(path.join(dir, "ca.pem"), stdout);
        const verified = await run("openssl", "verify", "-x509_strict", "-CAfile", "root.pem", "ca.pem");
        assert.equal(verified.stdout, "ca.pem: OK");
    });

    it("signs nothing with a wrong PIN", async () => {
        const failed = await signRequest(withEngine(key.replace("/pin", "/wrong-pin")));
        assert.equal(failed.exitCode, 1);
        assert.equal(failed.stdout, "");
        assert.match(failed.stderr, /The sign command ended with status \d+ and wrote 0 bytes\./);
    });

    it("uses no sign command that shows the PIN to the machine", async () => {
        const shown = key.replace(/pin-source=.*/, `pin-value=${pin}`);
        const refused = await signRequest(withEngine(shown));
        assert.equal(refused.exitCode, 1);
        assert.match(refused.stderr, /The sign command holds a secret, pin-value=…: .*pin-source=file:/);
        assert.ok(!refused.stderr.includes(pin));
    });

    describe("and a stack root that signs with it", () => {
        const cluster = "token1";
        let project: Project;

        before(async () => {
            project = await freshProject("token", settings());
            for (const { name } of project.stacks()) {
                await project.openOrCreate(name);
            }
        });

        after(() => pulumi(project, cluster, "destroy", "--yes", "--skip-preview"));

        it("plugs in what the token signed", async () => {
            await up(cluster);
            const watch = await ProcessWatch.of("pulumi", { pin });
            const signed = await pulumiWith(
                watch.env({ ...project.variables("root"), ...env }),
                project,
                "root",
                "up",
                "--yes",
                "--skip-preview",
            );
            assert.equal(signed.exitCode, 0, signed.output);
            const { seen, commands } = watch.stop();
            assert.deepEqual(seen, []);
            assert.ok(
                commands.some((each) => each.startsWith("openssl dgst")),
                commands.join("\n"),
            );
            await up(cluster);
            const { ca, root } = await outputs<ClusterOutputs>(project, cluster);
            const [rootCert] = Certificate.all(fs.readFileSync(path.join(dir, "root.pem"), "utf8"));
            assert.equal(root?.fingerprint, rootCert!.fingerprint);
            assert.equal(ca?.issuer, root?.subject);
            await up("root", "--expect-no-changes");
        });

        it("signs again if the certificate's validity changes, and shows it in the preview", async () => {
            const before = await outputs<RootOutputs>(project, "root");
            await changeSettings(project, settings({ intermediateValidityDays: 364 }));
            const preview = await root("preview", "--diff");
            assert.match(preview.output, /validityDays: 365 => 364/);
            assert.doesNotMatch(preview.output, /pin-source/);
            await up("root");
            const after = await outputs<RootOutputs>(project, "root");
            assert.notEqual(after.certificates[cluster]!.pem, before.certificates[cluster]!.pem);
            await up("root", "--expect-no-changes");
        });

        it("issues a CRL of what it revokes, and keeps it while nothing changes", async () => {
            await changeSettings(project, settings({ crls: true, revoked: ["00ab"] }));
            await up("root");
            const { crls } = await outputs<RootOutputs>(project, "root");
            const [list] = Crl.all(crls!).filter(({ serials }) => serials.has("ab"));
            fs.writeFileSync(path.join(dir, "list.pem"), list!.pem);
            const verified = await run("openssl", "crl", "-in", "list.pem", "-CAfile", "root.pem", "-noout");
            assert.match(verified.stderr, /verify OK/);
            await up("root", "--expect-no-changes");
        });

        it("shows the command only to those with the passphrase", async () => {
            const state = await root("stack", "export");
            assert.doesNotMatch(state.output, /pin-source|PRIVATE KEY/);
        });

        it("refuses a command with the PIN in it, before anything changes", async () => {
            const signCommand = withEngine(key.replace(/pin-source=.*/, `pin-value=${pin}`));
            await changeSettings(project, settings({ signCommand }));
            const { exitCode, output } = await root("preview");
            assert.notEqual(exitCode, 0);
            assert.match(output, /signCommand is "a command with pin-value=…"\. Allowed: one without a PIN/);
            assert.ok(!output.includes(pin));
        });

        it("reports what the token said if it does not sign, and keeps the certificate", async () => {
            const before = await outputs<RootOutputs>(project, "root");
            const signCommand = withEngine(key.replace("object=root", "object=gone"));
            await changeSettings(project, settings({ signCommand }));
            const { exitCode, output } = await root("up", "--yes", "--skip-preview");
            assert.notEqual(exitCode, 0);
            assert.match(output, /The sign command ended with status \d+ and wrote 0 bytes\./);
            assert.ok(!output.includes(pin));
            assert.deepEqual(await outputs<RootOutputs>(project, "root"), before);
        });

        function settings(changes: Record<string, unknown> = {}) {
            const rootCertificate = path.join(dir, "root.pem");
            return {
                root: {
                    role: "root",
                    clusters: [cluster],
                    rootCertificate,
                    signCommand: withEngine(key),
                    ...changes,
                },
                [cluster]: { role: "cluster", deploy: false },
            };
        }

        /** The token's environment is the user's, and therefore the sign command's. */
        function root(...args: string[]) {
            return pulumiWith({ ...project.variables("root"), ...env }, project, "root", ...args);
        }

        async function up(stack: string, ...args: string[]) {
            const command = ["up", "--yes", "--skip-preview", ...args];
            const { exitCode, output } = await (stack === "root"
                ? root(...command)
                : pulumi(project, stack, ...command));
            assert.equal(exitCode, 0, output);
        }
    });

    function run(command: string, ...args: string[]) {
        return execa(command, args, { cwd: dir, env });
    }

    function signRequest(command: string) {
        const request = ["csr.pem", "--cluster", "cluster1", "--root-cert", "root.pem"];
        return sign(dir, [...request, "--sign-command", command], env);
    }
});
