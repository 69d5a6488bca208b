import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { CaFiles } from "../../../pki/caFiles";
import { Finding } from "../../../pki/rules/finding";
import { caBundles, writeCaFiles } from "../../caBundles";
import { check } from "../../check";
import { newKey, selfSigned } from "../../pki";

describe("npm run check", function () {
    this.timeout("30s");
    let dir: string;

    before(async () => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "check-"));
        const bundles = await caBundles();
        const files = (name: string) => bundles[name]!.files;
        write("good", files("good"));
        write("unordered", files("chain in the wrong order"));
        write("keyless", { ...files("good"), "ca-key.pem": undefined });
        const data = Object.entries(files("good, as kubernetes.io/tls")).map(([name, text]) => [
            name,
            Buffer.from(text!).toString("base64"),
        ]);
        const secret = { apiVersion: "v1", kind: "Secret", data: Object.fromEntries(data) as object };
        fs.writeFileSync(path.join(dir, "secret.yaml"), stringify(secret), { mode: 0o600 });
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    it("accepts a good CA from a folder and from the file of a Secret", async () => {
        for (const source of ["good", "secret.yaml"]) {
            assert.deepEqual(await check(path.join(dir, source)), { exitCode: 0, output: "No findings." });
        }
    });

    it("exits with status 0 on a warning", async () => {
        const { exitCode, output } = await check(path.join(dir, "unordered"));
        assert.equal(exitCode, 0);
        assert.match(output, /^warning chain-order, cert-chain\.pem: it is ordered /);
    });

    it("exits with status 1 on an error, with JSON too", async () => {
        const { exitCode, output } = await check(path.join(dir, "keyless"), "--json");
        assert.equal(exitCode, 1);
        const [finding, ...others] = JSON.parse(output) as Finding[];
        assert.deepEqual(others, []);
        assert.equal(finding?.rule, "incomplete");
        assert.equal(finding?.file, "ca-key.pem");
    });

    it("compares with other clusters' roots", async () => {
        const root = (name: string) => path.join(dir, name, "root-cert.pem");
        const same = await check(path.join(dir, "good"), "--other-root", root("unordered"));
        assert.equal(same.exitCode, 0, same.output);
        const foreignRoot = path.join(dir, "foreign.pem");
        fs.writeFileSync(foreignRoot, await selfSigned(await newKey()));
        const foreign = await check(path.join(dir, "good"), "--other-root", root("unordered"), foreignRoot);
        assert.equal(foreign.exitCode, 1);
        assert.match(foreign.output, /^error other-root, root-cert\.pem: /);
    });

    it("checks the reload by a running istiod if its root is named", async () => {
        const replaced = path.join(dir, "replaced.pem");
        fs.writeFileSync(replaced, await selfSigned(await newKey()));
        const live = ["--live-root", replaced];
        for (const args of [live, [...live, "--multi-root"]]) {
            const { exitCode, output } = await check(path.join(dir, "good"), ...args);
            assert.equal(exitCode, 1);
            assert.match(output, /^error root-change, root-cert\.pem: /);
        }
    });

    it("requires one source", async () => {
        for (const args of [[], [path.join(dir, "good"), "--context", "cluster1"]]) {
            assert.deepEqual(await check(...args), {
                exitCode: 1,
                output: "Name a folder or file, or a --context, but not both.",
            });
        }
        const nowhere = path.join(dir, "nowhere");
        assert.deepEqual(await check(nowhere), { exitCode: 1, output: `${nowhere} does not exist` });
    });

    function write(name: string, files: CaFiles) {
        writeCaFiles(path.join(dir, name), files);
    }
});
