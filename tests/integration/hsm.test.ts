import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectDir } from "../../local/paths";
import { findCommand, installPackages } from "../../local/toolchain/systemCommands";
import { csr, newKey } from "../pki";

const softHsm = "/usr/lib/softhsm/libsofthsm2.so";
const engines = "/usr/lib/*/engines-3/pkcs11.so";
const key = "pkcs11:token=root;object=root;type=private;pin-value=1234";

describe("A root key in a PKCS #11 token", function () {
    this.timeout("5m");
    let dir: string;
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
        const token = ["--free", "--label", "root", "--pin", "1234", "--so-pin", "1234"];
        await run("softhsm2-util", "--init-token", ...token);
        const pair = ["--keypairgen", "--key-type", "EC:prime256v1", "--label", "root", "--id", "01"];
        await run("pkcs11-tool", "--module", softHsm, "--login", "--pin", "1234", ...pair);
        const extensions = [
            "basicConstraints=critical,CA:TRUE,pathlen:1",
            "keyUsage=critical,keyCertSign,cRLSign",
        ];
        await run(
            "openssl",
            ...["req", "-x509", "-new", "-engine", "pkcs11", "-keyform", "engine", "-key", key],
            ...["-subj", "/O=HSM/CN=Root CA", "-days", "3650", "-out", "root.pem"],
            ...extensions.flatMap((extension) => ["-addext", extension]),
        );
    });

    after(() => fs.rmSync(dir, { recursive: true, force: true }));

    it("signs an intermediate without leaving it", async () => {
        fs.writeFileSync(path.join(dir, "csr.pem"), await csr(await newKey()));
        const { stdout } = await sign(`openssl dgst -sha256 -engine pkcs11 -keyform engine -sign "${key}"`);
        fs.writeFileSync(path.join(dir, "ca.pem"), stdout);
        const { stdout: verdict } = await run(
            "openssl",
            "verify",
            "-x509_strict",
            "-CAfile",
            "root.pem",
            "ca.pem",
        );
        assert.equal(verdict, "ca.pem: OK");
    });

    it("signs nothing with a wrong PIN", async () => {
        const wrong = key.replace("1234", "4321");
        const failed = await sign(
            `openssl dgst -sha256 -engine pkcs11 -keyform engine -sign "${wrong}"`,
            false,
        );
        assert.equal(failed.exitCode, 1);
        assert.equal(failed.stdout, "");
        assert.match(failed.stderr, /The sign command ended with status \d+ and wrote 0 bytes\./);
    });

    function run(command: string, ...args: string[]) {
        return execa(command, args, { cwd: dir, env });
    }

    function sign(command: string, reject = true) {
        const program = ["--require", "sucrase/register/ts", path.join(projectDir, "cli", "sign.ts")];
        const request = [
            "csr.pem",
            "--cluster",
            "cluster1",
            "--root-cert",
            "root.pem",
            "--sign-command",
            command,
        ];
        return execa(process.execPath, [...program, ...request], {
            cwd: dir,
            env: { ...env, NODE_PATH: path.join(projectDir, "node_modules") },
            reject,
        });
    }
});
