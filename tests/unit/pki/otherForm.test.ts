import * as assert from "node:assert/strict";
import { execFileSync, execSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { otherForm } from "../../../pki/otherForm";
import { checkCa } from "../../../pki/rules/checkCa";
import { inTemporaryFolder } from "../support/temporary";

describe("A CA in another form than PEM", () => {
    /** A certificate and its key, and what openssl makes of them. */
    const forms: Record<string, { args: string[]; content: "certificates" | "other"; found: string }> = {
        "pkcs12.p12": {
            args: ["pkcs12", "-export", "-in", "cert.pem", "-inkey", "key.pem", "-passout", "pass:"],
            content: "certificates",
            found: "it is PKCS #12",
        },
        "pkcs7.pem": {
            args: ["crl2pkcs7", "-nocrl", "-certfile", "cert.pem"],
            content: "certificates",
            found: "it is PKCS #7",
        },
        "pkcs7.p7b": {
            args: ["crl2pkcs7", "-nocrl", "-certfile", "cert.pem", "-outform", "DER"],
            content: "certificates",
            found: "it is PKCS #7 in DER",
        },
        "cert.der": {
            args: ["x509", "-in", "cert.pem", "-outform", "DER"],
            content: "certificates",
            found: "it is DER",
        },
        "key.der": {
            args: ["pkey", "-in", "key.pem", "-outform", "DER"],
            content: "other",
            found: "it is DER",
        },
    };

    function withCertificate(test: (dir: string) => void) {
        inTemporaryFolder((dir) => {
            const subject = ["-subj", "/CN=Root CA", "-days", "9"];
            const files = ["-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem"];
            execFileSync("openssl", ["req", "-x509", ...files, ...subject], { cwd: dir, stdio: "pipe" });
            test(dir);
        });
    }

    it("is named, and the command that the message names writes it as PEM", () =>
        withCertificate((dir) => {
            for (const [name, { args, content, found }] of Object.entries(forms)) {
                execFileSync("openssl", [...args, "-out", name], { cwd: dir, stdio: "pipe" });
                const form = otherForm(fs.readFileSync(path.join(dir, name), "latin1"), content);
                assert.equal(form?.found, found, name);
                const [, command] = /`(openssl [^`]*-in FILE[^`]*)`/.exec(form.remedy) ?? [];
                const each = form.remedy.includes("each with")
                    ? `openssl ${content === "other" ? "pkey" : "x509"} -inform DER -in FILE`
                    : command!;
                const password = name.endsWith(".p12") ? " -passin pass:" : "";
                const written = execSync(each.replace("FILE", name) + password, {
                    cwd: dir,
                    stdio: "pipe",
                }).toString();
                assert.match(written, /-----BEGIN (CERTIFICATE|PRIVATE KEY)-----/, name);
            }
        }));

    it("is named if it is base64 alone", () =>
        withCertificate((dir) => {
            const pem = fs.readFileSync(path.join(dir, "cert.pem"), "utf8");
            const bare = pem.replaceAll(/-----.*-----\n/g, "");
            assert.equal(otherForm(bare, "certificates")?.found, "it is base64 without BEGIN and END lines");
        }));

    it("is not seen in PEM, in nothing and in what nobody knows", () =>
        withCertificate((dir) => {
            const pem = fs.readFileSync(path.join(dir, "cert.pem"), "utf8");
            for (const text of [pem, `# comment\n${pem}`, "", "\n", "hello", "\x30\x05"]) {
                assert.equal(otherForm(text, "certificates"), undefined, JSON.stringify(text));
            }
        }));

    it("is what the first finding says", () => {
        const der = "\x30\x82\x03\x6fMore of it";
        const files = { "ca-cert.pem": der, "ca-key.pem": "k", "cert-chain.pem": der, "root-cert.pem": der };
        const [first] = checkCa(files);
        assert.equal(first?.rule, "pem-unread");
        assert.match(first.found, /it is DER$/);
    });
});
