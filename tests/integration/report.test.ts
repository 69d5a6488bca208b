import assert from "node:assert/strict";
import { trustPage } from "../../report/page";
import { trustReport } from "../../report/trustReport";
import { stackFacts } from "../stackFacts";
import { lookAt } from "./browser";

/** Without the policy that lets no script run, which the test needs to see the page as its reader does. */
const unlocked = (page: string) => page.replace(/<meta http-equiv="Content-Security-Policy"[^>]*>/, "");

describe("The page on trust, in a browser", function () {
    this.timeout("2m");

    it("shows three clusters, their requests and all that expires", async () => {
        const stacks = await stackFacts(3);
        const { cells } = stacks.at(-1)!.outputs.matrix!;
        Object.assign(cells[0]!, { ok: false, fault: "trust", found: "seen", remedy: "Do it." });
        const seen = await lookAt(unlocked(await trustPage(trustReport("istio-plugin-ca", stacks))));
        assert.deepEqual(seen.headings, [
            "What to do next",
            "Roots and clusters",
            "Requests between clusters (mesh)",
            "Certificates",
        ]);
        assert.deepEqual(seen.items, [
            "faultRequests from cluster1 to cluster2 are not as they should be, trust: seen. Do it.",
        ]);
        const [requests, certificates] = seen.tables;
        assert.deepEqual(requests, [
            ["from \\ to", "cluster1", "cluster2", "cluster3"],
            ["cluster1", "", "trust", "ok"],
            ["cluster2", "ok", "", "ok"],
            ["cluster3", "ok", "ok", ""],
        ]);
        assert.deepEqual(
            certificates!.map(([what]) => what),
            [
                "Of",
                ...["cluster1", "cluster2", "cluster3"].map((name) => `token for ${name}`),
                ...["cluster1", "cluster2", "cluster3"],
                "root root",
            ],
        );
        const [image] = seen.images;
        assert.equal(image!.name, "1 root and 3 clusters; the tables below say the same in words.");
        assert.ok(image!.width > 300, String(image!.width));
    });

    it("holds a hundred clusters in less than 1 MiB, and scrolls no wider than a phone", async () => {
        const page = await trustPage(trustReport("istio-plugin-ca", await stackFacts(100)));
        assert.ok(Buffer.byteLength(page) < 1 << 20, String(page.length));
        const seen = await lookAt(unlocked(page), 500);
        assert.equal(seen.overflows, false);
        assert.equal(seen.tables[0]!.length, 101);
    });

    it("lets no script run, and loads nothing", async () => {
        const page = await trustPage(trustReport("istio-plugin-ca", await stackFacts(1)));
        await assert.rejects(lookAt(page), /lets no script run/);
        assert.doesNotMatch(page.replaceAll("http://www.w3.org/", ""), /https?:|src=|url\(/);
    });
});
