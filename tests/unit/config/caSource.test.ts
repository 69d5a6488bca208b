import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { readCaFiles } from "../../../config/caSource";

describe("The files of a CA", () => {
    let dir: string;
    const files = { "ca-cert.pem": "one\n", "ca-key.pem": "two\n" };
    const encoded = Object.fromEntries(
        Object.entries(files).map(([name, text]) => [name, Buffer.from(text).toString("base64")]),
    );
    const secret = { kind: "Secret", metadata: { name: "cacerts" }, data: encoded };
    const pullSecret = { kind: "Secret", data: { ".dockerconfigjson": "e30=" } };

    beforeEach(() => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "ca-source-"));
    });

    afterEach(() => fs.rmSync(dir, { recursive: true, force: true }));

    function file(name: string, content: string | Buffer): string {
        fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
        fs.writeFileSync(path.join(dir, name), content);
        return path.join(dir, name);
    }

    /** What is said of a source, without the folder's name. */
    function refusal(source: string): string {
        try {
            readCaFiles(source);
        } catch (error) {
            return (error as Error).message.replaceAll(`${dir}/`, "");
        }
        return "accepted";
    }

    it("come from the one Secret of a manifest that holds a CA", () => {
        const manifests = {
            secret: stringify(secret),
            json: JSON.stringify(secret),
            list: stringify({ kind: "List", items: [pullSecret, secret] }),
            secretList: JSON.stringify({ kind: "SecretList", items: [secret] }),
            documents: [pullSecret, null, secret].map((each) => stringify(each)).join("---\n"),
            "a broken document before it": `a: [\n---\n${stringify(secret)}`,
            stringData: stringify({ kind: "Secret", stringData: files }),
            "base64 in lines": stringify({
                ...secret,
                data: {
                    ...encoded,
                    "ca-key.pem": `${encoded["ca-key.pem"]!.slice(0, 4)}\n${encoded["ca-key.pem"]!.slice(4)}\n`,
                },
            }),
        };
        for (const [name, text] of Object.entries(manifests)) {
            assert.deepEqual(readCaFiles(file(`${name}.yaml`, text)), files, name);
        }
    });

    it("come through a pipe", () => {
        const pipe = path.join(dir, "pipe");
        execFileSync("mkfifo", [pipe]);
        const writer = execFileSync.bind(undefined, "sh");
        file("secret.yaml", stringify(secret));
        writer(["-c", `cat "${dir}/secret.yaml" > "${pipe}" & true`], { stdio: "ignore" });
        assert.deepEqual(readCaFiles(pipe), files);
    });

    it("are empty if a Secret holds nothing", () => {
        assert.deepEqual(readCaFiles(file("a.yaml", "kind: Secret\ndata:\n")), {});
        assert.deepEqual(
            readCaFiles(file("b.yaml", stringify({ ...secret, data: { ...encoded, "ca-crl.pem": null } }))),
            { ...files, "ca-crl.pem": "" },
        );
    });

    it("are those that istiod reads, and no others of the folder or the Secret", () => {
        for (const [name, text] of Object.entries(files)) {
            file(`folder/${name}`, text);
        }
        file("folder/.DS_Store", Buffer.from([0, 255]));
        file("folder/root-key.pem", "secret");
        fs.mkdirSync(path.join(dir, "folder", "more"));
        assert.deepEqual(readCaFiles(path.join(dir, "folder")), files);
        const more = stringify({ ...secret, data: { ...encoded, other: 7 } });
        assert.deepEqual(readCaFiles(file("more.yaml", more)), files);
    });

    it("are refused with every value that no Secret can hold, and none of them is shown", () => {
        const label = "PRIVATE KEY";
        const plain = `-----BEGIN ${label}-----\nMIIB\n-----END ${label}-----\n`;
        const twice = Buffer.from(Buffer.from(plain).toString("base64")).toString("base64");
        const data = { "ca-cert.pem": 1, "ca-key.pem": plain, "cert-chain.pem": twice };
        const said = refusal(file("a.yaml", stringify({ kind: "Secret", data })));
        assert.equal(
            said,
            "a.yaml: ca-cert.pem of the Secret's data is not text; ca-key.pem of the Secret's data is not base64, so Kubernetes refuses it: put plain PEM below stringData, or encode it by `base64 -w0`; cert-chain.pem of the Secret's data is base64 of base64 of PEM: encode it once",
        );
    });

    it("are refused if the source is not a Secret, with what it is", () => {
        const said = {
            "nothing.yaml": ["", "holds no object of kind Secret, YAML or JSON"],
            "map.yaml": [
                "kind: ConfigMap",
                "holds no object of kind Secret, YAML or JSON: it holds ConfigMap",
            ],
            "sealed.yaml": [
                "kind: SealedSecret",
                "holds no object of kind Secret, YAML or JSON: it holds SealedSecret, from which a controller makes the Secret in the cluster. Check that one: --context",
            ],
            "tab.yaml": [
                "kind: Secret\ndata:\n\tca-key.pem: c2VjcmV0\n",
                "is not valid YAML or JSON: line 3 (TAB_AS_INDENT). Render a template first, and indent by spaces",
            ],
            "ca-cert.pem": [
                "-----BEGIN CERTIFICATE-----\n",
                "is PEM. Name the folder that holds ca-cert.pem, ca-key.pem, cert-chain.pem and root-cert.pem",
            ],
            "large.yaml": [
                "#".repeat(5 * 1024 * 1024),
                "cannot be read: it has more than 4 MiB; a Secret holds 1 MiB at most",
            ],
        };
        for (const [name, [text, what]] of Object.entries(said)) {
            assert.equal(refusal(file(name, text!)), `${name} ${what}`);
        }
    });

    it("are refused, all that cannot be read at once", () => {
        fs.mkdirSync(path.join(dir, "folder", "ca-cert.pem"), { recursive: true });
        file("folder/ca-key.pem", "#".repeat(5 * 1024 * 1024));
        execFileSync("mkfifo", [path.join(dir, "folder", "cert-chain.pem")]);
        assert.equal(
            refusal(path.join(dir, "folder")),
            "folder/ca-cert.pem cannot be read: it is not a file; folder/ca-key.pem cannot be read: it has more than 4 MiB; a Secret holds 1 MiB at most; folder/cert-chain.pem cannot be read: it is not a file",
        );
    });
});
