import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Stack } from "@pulumi/pulumi/automation";
import { exportFiles } from "../../../operations/export";
import { Certificate } from "../../../pki/certificate";
import { newKey, publicPem, selfSigned } from "../../pki";
import { FakeProject } from "../support/fakeProject";
import { inTemporaryFolder } from "../support/temporary";

describe("The exported files of a CA", () => {
    let publicKeyPem: string;
    let pem: string;
    let project: FakeProject;

    class Exporting extends FakeProject {
        override open(): Promise<Stack> {
            const outputs = { publicKeyPem, privateKeyPemPkcs8: { plaintext: '"the key"' } };
            const resources = [{ type: "tls:index/privateKey:PrivateKey", outputs }];
            const exportStack = () => Promise.resolve({ deployment: { resources } });
            return Promise.resolve({ exportStack } as unknown as Stack);
        }
    }

    before(async () => {
        const keys = await newKey();
        publicKeyPem = await publicPem(keys);
        pem = await selfSigned(keys);
        project = new Exporting({ root: { role: "root" }, one: { role: "cluster" } }, () => ({}));
    });

    after(() => project.remove());

    it("are the certificate and the key of the root that signs", async () => {
        const [certificate] = Certificate.all(pem);
        const other = await selfSigned(await newKey());
        project.outputs["root"] = { trustBundle: other + pem, root: certificate!.facts };
        await inTemporaryFolder(async (dir) => {
            await exportFiles(project, "root", dir);
            assert.equal(fs.readFileSync(path.join(dir, "root-cert.pem"), "utf8"), certificate!.pem);
            assert.equal(fs.readFileSync(path.join(dir, "root-key.pem"), "utf8"), "the key");
        });
    });

    it("are those of cacerts for a cluster", async () => {
        const files = { "ca-cert.pem": pem, "cert-chain.pem": pem, "root-cert.pem": pem };
        project.outputs["one"] = { files };
        await inTemporaryFolder(async (dir) => {
            await exportFiles(project, "one", dir);
            const read = (name: string) => fs.readFileSync(path.join(dir, name), "utf8");
            assert.deepEqual([...fs.readdirSync(dir)].sort(), [
                "ca-cert.pem",
                "ca-key.pem",
                ...Object.keys(files).slice(1),
            ]);
            assert.equal(read("ca-key.pem"), "the key");
            assert.equal(read("ca-cert.pem"), pem);
        });
    });

    it("do not exist before there is a CA", async () => {
        project.outputs["one"] = {};
        await assert.rejects(exportFiles(project, "one", "nowhere"), {
            message: "Stack one has no CA yet (never deployed).",
        });
    });
});
