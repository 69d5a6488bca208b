import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { refuseLeftovers, writeFiles } from "../../../operations/newFiles";
import { inTemporaryFolder } from "../support/temporary";

const files = { "root-cert.pem": "certificate", "root-key.pem": "key" };

describe("Files that hold a key", () => {
    it("are readable by their owner alone, whatever the umask", () => {
        inTemporaryFolder((dir) => {
            const umask = process.umask(0);
            try {
                const target = path.join(dir, "certs", "root");
                const written = writeFiles(target, files);
                assert.deepEqual(written, [
                    path.join(target, "root-cert.pem"),
                    path.join(target, "root-key.pem"),
                ]);
                assert.equal(fs.statSync(target).mode & 0o777, 0o700);
                for (const file of written) {
                    assert.equal(fs.statSync(file).mode & 0o777, 0o600);
                }
                assert.deepEqual(fs.readdirSync(target).sort(), Object.keys(files));
            } finally {
                process.umask(umask);
            }
        });
    });

    it("are not written through a link that somebody planted, nor into a file that others can read", () => {
        inTemporaryFolder((dir) => {
            const [target, theirs] = [path.join(dir, "certs"), path.join(dir, "theirs")];
            fs.mkdirSync(target);
            fs.writeFileSync(theirs, "theirs");
            fs.symlinkSync(theirs, path.join(target, "root-key.pem"));
            fs.writeFileSync(path.join(target, "root-cert.pem"), "old", { mode: 0o666 });
            const open = fs.openSync(path.join(target, "root-cert.pem"), "r");
            writeFiles(target, files);
            assert.equal(fs.readFileSync(theirs, "utf8"), "theirs");
            assert.equal(fs.readFileSync(open, "utf8"), "old");
            fs.closeSync(open);
            for (const [name, text] of Object.entries(files)) {
                const file = path.join(target, name);
                assert.ok(!fs.lstatSync(file).isSymbolicLink());
                assert.equal(fs.statSync(file).mode & 0o777, 0o600);
                assert.equal(fs.readFileSync(file, "utf8"), text);
            }
        });
    });

    it("are all written, or none", () => {
        inTemporaryFolder((dir) => {
            fs.mkdirSync(path.join(dir, "root-key.pem"));
            assert.throws(() => writeFiles(dir, files), /root-key\.pem is a folder\. Nothing was written\.$/);
            assert.deepEqual(fs.readdirSync(dir), ["root-key.pem"]);
            assert.throws(() => writeFiles(dir, { "a.pem": "a", "b/b.pem": "b" }));
            assert.deepEqual(fs.readdirSync(dir), ["root-key.pem"]);
        });
    });

    it("are not written to a folder that others can change", () => {
        inTemporaryFolder((dir) => {
            const [shared, link, file] = ["shared", "link", "file"].map((name) => path.join(dir, name));
            fs.mkdirSync(shared!);
            fs.chmodSync(shared!, 0o777);
            fs.mkdirSync(path.join(dir, "real"));
            fs.symlinkSync(path.join(dir, "real"), link!);
            fs.writeFileSync(file!, "");
            assert.throws(
                () => writeFiles(shared!, files),
                /is writable by everybody\. Nothing was written\./,
            );
            assert.throws(() => writeFiles(link!, files), /is a symbolic link\. Nothing was written\./);
            assert.throws(() => writeFiles(`${link}/`, files), /is a symbolic link\. Nothing was written\./);
            assert.throws(() => writeFiles(file!, files), /is a file\. Nothing was written\./);
            assert.deepEqual(fs.readdirSync(path.join(dir, "real")), []);
        });
    });

    it("are not mixed with files of another CA that are read together with them", () => {
        inTemporaryFolder((dir) => {
            const known = ["ca-cert.pem", "ca-crl.pem", "tls.crt"];
            fs.writeFileSync(path.join(dir, "ca-cert.pem"), "");
            fs.writeFileSync(path.join(dir, "notes.txt"), "");
            refuseLeftovers(dir, known, ["ca-cert.pem"]);
            fs.writeFileSync(path.join(dir, "ca-crl.pem"), "");
            fs.writeFileSync(path.join(dir, "tls.crt"), "");
            assert.throws(
                () => refuseLeftovers(dir, known, ["ca-cert.pem"]),
                /holds ca-crl\.pem, tls\.crt, which would be read together .* Nothing was written\. .* remove those files\.$/,
            );
            fs.rmSync(path.join(dir, "ca-crl.pem"));
            fs.rmSync(path.join(dir, "tls.crt"));
            refuseLeftovers(dir, known, ["ca-cert.pem"]);
        });
    });
});
