import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { settingsFrom } from "../../../config";
import { digestOf } from "../../../config/digest";
import type { SettingsSource } from "../../../config/reader";
import { newKey, privatePem, selfSigned } from "../../pki";
import { inTemporaryFolder } from "../support/temporary";

describe("The digest of settings", () => {
    const cluster = { role: "cluster", context: "prod", kubeconfig: "/kube.config" };

    function digest(
        values: Record<string, string>,
        source: Partial<SettingsSource> = {},
    ): string | undefined {
        const all = { project: "istio-plugin-ca", stack: "one", values, encrypted: [], ...source };
        const settings = settingsFrom(all);
        return "digest" in settings ? settings.digest : undefined;
    }

    it("is the same for the same settings, whatever their order and whether a default is written out", () => {
        const turned = Object.fromEntries(Object.entries(cluster).reverse());
        assert.match(digest(cluster)!, /^[0-9a-f]{64}$/);
        assert.equal(digest(cluster), digest(turned));
        assert.equal(digest(cluster), digest({ ...cluster, workloads: "true", generation: "1" }));
        assert.equal(digestOf({ a: [1, { b: 2, c: 3 }] }), digestOf({ a: [1, { c: 3, b: 2 }] }));
        assert.notEqual(digestOf({ a: [1, 2] }), digestOf({ a: [2, 1] }));
    });

    it("is another for each setting that changes", () => {
        const changes = {
            generation: "2",
            peers: '["two"]',
            istioSet: '["a=b"]',
            verificationExclude: '["a/b"]',
            expiryGuardDays: "10",
            keyAlgorithm: "ECDSA-P384",
            rootStack: "root-2",
            context: "other",
            kubeconfig: "/other",
            clusterUid: "1",
        };
        const digests = Object.entries(changes).map(([key, value]) => digest({ ...cluster, [key]: value }));
        assert.equal(new Set([digest(cluster), ...digests]).size, digests.length + 1);
    });

    it("is another if a named file has another content", () =>
        inTemporaryFolder(async (dir) => {
            const write = async () => {
                const pem = await selfSigned(await newKey());
                fs.writeFileSync(path.join(dir, "root.pem"), pem);
                return digest(
                    {
                        role: "cluster",
                        deploy: "false",
                        signer: "outside",
                        certificate: "root.pem",
                        trustBundle: "root.pem",
                    },
                    { dir },
                );
            };
            const [one, other] = [await write(), await write()];
            assert.ok(one !== undefined && one !== other);
        }));

    it("does not exist if something is secret, unknown or maintained by others", () =>
        inTemporaryFolder(async (dir) => {
            fs.writeFileSync(path.join(dir, "operator.yaml"), "kind: IstioOperator\n");
            assert.equal(digest(cluster, { encrypted: ["istioSet"] }), undefined);
            assert.equal(digest(cluster, { others: ["kubernetes:context"] }), undefined);
            assert.equal(digest({ ...cluster, istioOperator: "operator.yaml" }, { dir }), undefined);
            assert.equal(digest({ ...cluster, previousCa: "istio-system/istio-ca-secret" }), undefined);
            assert.equal(digest({ role: "standalone", deploy: "false" }), undefined);
            assert.equal(digest({ role: "ready", context: "prod", caSecret: "a/b" }), undefined);
            const keys = await newKey();
            fs.writeFileSync(path.join(dir, "root.pem"), await selfSigned(keys));
            const root = { role: "root", rootCertificate: "root.pem", rootKey: await privatePem(keys) };
            assert.equal(digest(root, { dir, encrypted: ["rootKey"] }), undefined);
        }));
});
