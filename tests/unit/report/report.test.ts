import assert from "node:assert/strict";
import { Certificate } from "../../../pki/certificate";
import { trustPage } from "../../../report/page";
import type { StackFacts } from "../../../report/trustFacts";
import { trustReport } from "../../../report/trustReport";
import { newKey, selfSigned } from "../../pki";
import { stackFacts } from "../../stackFacts";

describe("The report on trust", () => {
    let stacks: StackFacts[];

    beforeEach(async () => {
        stacks = await stackFacts(3);
    });

    const outputsOf = (stack: string) => stacks.find((each) => each.stack === stack)!.outputs;
    const report = (now?: Date) => trustReport("istio-plugin-ca", stacks, now);
    const findings = (now?: Date) =>
        report(now).findings.map(({ severity, found, next }) => [severity, found, next]);

    it("asks for nothing if all is well", async () => {
        assert.deepEqual(findings(), []);
        const page = await trustPage(report());
        assert.match(page, /Nothing: every CA is plugged in, nothing is due, and nothing is under way\./);
        assert.match(page, /6 of 6 links are as expected\./);
    });

    it("says which step of a rotation is next, and how to go back", async () => {
        const next = Certificate.all(
            await selfSigned(await newKey(), { subject: "CN=Next", days: 3650 }),
        )[0]!;
        const root = outputsOf("root");
        const old = root.root!;
        // In the bundle the old one is first; the output has no order.
        root.roots = { "root-2": next.facts, root: old };
        root.trustBundle += next.pem;
        for (const name of ["cluster1", "cluster2", "cluster3"]) {
            const { files } = outputsOf(name);
            outputsOf(name).files = { ...files!, "root-cert.pem": files!["root-cert.pem"] + next.pem };
        }
        const told = (which: string, step: string, count: number) => [
            "under way",
            `root is being replaced by root-2: ${which} signs, and ${count} of 3 clusters have a CA below it.`,
            `The next step is “${step}”: \`npm run rotate -- root\`. Back to root: \`npm run rotate -- root --back\`.`,
        ];
        assert.deepEqual(findings(), [told("root", "Sign with root-2", 3)]);
        root.root = next.facts;
        outputsOf("cluster1").root = next.facts;
        assert.deepEqual(findings(), [told("root-2", "Trust root-2 alone", 1)]);
        const { roots } = report();
        assert.deepEqual(
            roots.map(({ name, signs }) => [name, signs]),
            [
                ["root", false],
                ["root-2", true],
            ],
        );
    });

    it("knows roots that no stack of the project holds", async () => {
        stacks = stacks.filter(({ role }) => role !== "root");
        const [root, ...others] = report().roots;
        assert.deepEqual(
            [root!.name, root!.stack, root!.signs, others],
            ["CN=Root CA", undefined, false, []],
        );
        assert.match(await trustPage(report()), /outside of this project/);
    });

    it("says what has expired and what is due, and who renews it", () => {
        const { ca } = outputsOf("cluster2");
        const { renewFrom, ...other } = outputsOf("cluster1").ca!;
        outputsOf("cluster1").ca = other;
        const date = (iso: string) => iso.slice(0, 10);
        const nearly = new Date(Date.parse(ca!.notAfter) - 20 * 86_400_000);
        const due = findings(nearly);
        assert.deepEqual(due[0], [
            "fault",
            `The token by which cluster1 is read expired on ${date(outputsOf("mesh").links!["cluster1"]!.token!.expires)}.`,
            "`npm run up` renews it.",
        ]);
        assert.deepEqual(due.slice(3), [
            [
                "due",
                `The CA of cluster1 expires on ${date(ca!.notAfter)}, in 20 days.`,
                "No `up` renews it: have it signed again, or see the setting renewalDays.",
            ],
            ...["cluster2", "cluster3"].map((name) => [
                "due",
                `The CA of ${name} expires on ${date(ca!.notAfter)}, in 20 days.`,
                "`npm run up` renews it.",
            ]),
        ]);
        assert.ok(Date.parse(renewFrom!) < nearly.getTime());
        const root = outputsOf("root").root!;
        const gone = findings(new Date(Date.parse(root.notAfter) + 86_400_000));
        assert.deepEqual(gone[0], [
            "fault",
            `Root root expired on ${date(root.notAfter)}.`,
            "Replace it: `npm run rotate`; one that is kept outside of this project, where it is kept.",
        ]);
    });

    it("says which clusters have no CA, wait for root or leave a previous CA", () => {
        outputsOf("root").withheld = ["cluster2"];
        stacks[1] = { stack: "cluster1", role: "cluster", outputs: {} };
        const previous = outputsOf("cluster3").ca!;
        outputsOf("cluster3").previousCa = previous;
        assert.deepEqual(findings(), [
            [
                "under way",
                "cluster1 has no CA plugged in: never deployed.",
                "`npm run up -- cluster1`, with the stack that signs for it if it is one of this project.",
            ],
            [
                "under way",
                "cluster3 is leaving its previous CA, which still signs.",
                "`npm run migrate -- cluster3`.",
            ],
            ["under way", "root has yet to sign for cluster2.", "`npm run up -- root cluster2`."],
        ]);
    });

    it("blames the cluster that explains the most of what fails, once", () => {
        const { cells } = outputsOf("mesh").matrix!;
        for (const cell of cells.filter(({ from, to }) => from === "cluster2" || to === "cluster2")) {
            Object.assign(cell, { ok: false, fault: "trust", found: `seen at ${cell.to}`, remedy: "Do it." });
        }
        const found = report().findings;
        assert.deepEqual(found, [
            {
                severity: "fault",
                stack: "cluster2",
                found: "Requests from cluster1 to cluster2 (and 3 more, from or to cluster2) are not as they should be, trust: seen at cluster2.",
                next: "Do it.",
            },
        ]);
    });

    it("shows the worst of many clusters, not all", async () => {
        stacks = await stackFacts(150);
        const { cells } = outputsOf("mesh").matrix!;
        Object.assign(cells[1]!, { ok: false, fault: "trust", found: "seen", remedy: "Do it." });
        const page = await trustPage(report());
        const told = "22349 of 22350 links are as expected; the table shows 2 clusters, the worst first.";
        assert.ok(page.includes(told), told);
        assert.ok(page.includes(">149 other clusters<"));
    });

    it("writes what stacks and people have named as text", async () => {
        const name = '</style><script>alert("1")</script> & \\N';
        Object.assign(stacks[1]!, { stack: name });
        outputsOf(name).status = name;
        delete outputsOf(name).files;
        const page = await trustPage(report());
        assert.doesNotMatch(page, /<script/);
        assert.match(page, /&lt;\/style&gt;&lt;script&gt;/);
        assert.match(page, /<meta http-equiv="Content-Security-Policy" content="default-src /);
    });
});
