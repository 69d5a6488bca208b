import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { clusterEntry } from "../../../kube/clusterEntry";

describe("A kubeconfig's entry of a cluster", () => {
    let dir: string;
    const ca = "the CA, PEM";

    before(() => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "entry-"));
        fs.writeFileSync(path.join(dir, "ca.pem"), ca);
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    function entryOf(cluster: object, context = "prod") {
        const file = path.join(dir, "kubeconfig");
        const contexts = [{ name: "prod", context: { cluster: "one", user: "someone" } }];
        fs.writeFileSync(file, JSON.stringify({ clusters: [{ name: "one", cluster }], contexts }));
        return clusterEntry(file, context);
    }

    it("is its address and its CA, in the kubeconfig or in a file next to it", () => {
        const server = "https://one.example";
        const data = Buffer.from(ca).toString("base64");
        const inline = entryOf({ server, "certificate-authority-data": data });
        assert.equal(inline?.server, server);
        assert.match(inline?.caDigest ?? "", /^[0-9a-f]{64}$/);
        assert.deepEqual(entryOf({ server, "certificate-authority": "ca.pem" }), inline);
        const other = entryOf({ server, "certificate-authority-data": "b3RoZXI=" });
        assert.notEqual(other?.caDigest, inline?.caDigest);
        assert.deepEqual(entryOf({ server }), { server });
    });

    it("is undefined if it cannot be known", () => {
        assert.equal(entryOf({ server: "https://one.example" }, "other"), undefined);
        assert.equal(entryOf({}), undefined);
        assert.equal(
            entryOf({ server: "https://one.example", "certificate-authority": "gone.pem" }),
            undefined,
        );
        assert.equal(clusterEntry(path.join(dir, "gone"), "prod"), undefined);
        assert.equal(clusterEntry(path.join(dir, "ca.pem"), "prod"), undefined);
    });
});
