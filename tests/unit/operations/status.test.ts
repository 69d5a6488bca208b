import * as assert from "node:assert/strict";
import { statusTable } from "../../../cli/statusTable";
import { clusterStatus, programStatus } from "../../../operations/status";
import { Certificate } from "../../../pki/certificate";
import { issued, newKey, selfSigned, publicFiles } from "../../pki";

describe("The status of CAs", () => {
    it("reports when CAs expire and when they are renewed", () => {
        const now = new Date("2026-11-23T12:00:00Z");
        const fingerprint = "aa:bb:cc:dd:ee:ff:00:11:22:33";
        const lines = statusTable(
            [
                {
                    stack: "root",
                    ca: "root root",
                    status: "signs",
                    fingerprint,
                    notAfter: "2036-11-20T12:00:00Z",
                },
                {
                    stack: "cluster1",
                    ca: "intermediate",
                    status: "CA signed",
                    fingerprint,
                    notAfter: "2027-11-23T12:00:00Z",
                    renewFrom: "2027-08-25T12:00:00Z",
                },
                { stack: "cluster2", ca: "intermediate", status: "never deployed" },
            ],
            now,
        ).split("\n");
        const cells = (line: string) => line.split("│").map((cell) => cell.trim());
        const rows = lines.map(cells).filter(({ length }) => length > 1);
        assert.deepEqual(rows.slice(1), [
            [
                "",
                "root",
                "root root",
                "signs",
                "aa:bb:cc:dd:ee:ff:00:11",
                "2036-11-20 (3650 days)",
                "not by an up",
                "",
            ],
            [
                ...["", "cluster1", "intermediate", "CA signed", "aa:bb:cc:dd:ee:ff:00:11"],
                ...["2027-11-23 (365 days)", "2027-08-25 (275 days)", ""],
            ],
            ["", "cluster2", "intermediate", "never deployed", "-", "-", "-", ""],
        ]);
    });

    it("shows of a thousand stacks first what needs somebody, the worst first, and the others as groups", () => {
        const now = new Date("2026-11-23T12:00:00Z");
        const ofCluster = (index: number, changed: object = {}) => ({
            stack: `c${index}`,
            ca: "intermediate",
            status: "CA signed",
            notAfter: "2027-11-23T12:00:00Z",
            renewFrom: "2027-08-25T12:00:00Z",
            ...changed,
        });
        const all = [
            { stack: "root", ca: "root root", status: "signs", notAfter: "2036-11-20T12:00:00Z" },
            { stack: "c0", ca: "intermediate", status: "never deployed" },
            ...Array.from({ length: 996 }, (_, index) => ofCluster(index + 1)),
            ofCluster(997, { renewFrom: "2026-11-22T12:00:00Z" }),
            ofCluster(998, { notAfter: "2026-11-22T12:00:00Z" }),
            ofCluster(999, { notAfter: "2026-12-22T12:00:00Z", renewFrom: undefined }),
        ];
        const shown = statusTable(all, now);
        const lines = shown.split("\n").filter((line) => !/^[├└┌]/.test(line));
        assert.equal(
            lines[0],
            "1001 CAs of 1001 stacks: 1 expired, 1 due to be renewed, 1 expires within 90 days, 1 without a CA, 997 as it should be.",
        );
        const first = lines.map((line) => line.split("│")[1]?.trim());
        assert.deepEqual(first.slice(2, 6), ["c998", "c997", "c999", "c0"]);
        assert.match(
            shown,
            /│ intermediate +│ CA signed +│ 996 +│ 2027-11-23 \(365 days\) +│ c1, .* and 990 more/,
        );
        assert.match(shown, /│ root root +│ signs +│ 1 +│/);
        assert.ok(lines.length < 12, shown);
    });

    it("reports which of the two CAs of a migrating mesh signs", async () => {
        const [own, previous] = await Promise.all(
            ["O=own", "O=previous"].map(async (subject) => selfSigned(await newKey(), { subject })),
        );
        const facts = (pem: string) => Certificate.all(pem)[0]!.facts;
        const reported = (signs: string) =>
            clusterStatus("one", "cluster", {
                status: "CA signed",
                ca: facts(own!),
                previousCa: facts(previous!),
                files: publicFiles(signs, own! + previous!),
            }).map(({ ca, status, fingerprint }) => [ca, status, fingerprint]);
        const fingerprints = [own!, previous!].map((pem) => facts(pem).fingerprint);
        assert.deepEqual(reported(previous!), [
            ["intermediate", "CA signed, not plugged in", fingerprints[0]],
            ["previous CA", "signs", fingerprints[1]],
        ]);
        assert.deepEqual(reported(own!), [
            ["intermediate", "CA signed", fingerprints[0]],
            ["previous CA", "trusted", fingerprints[1]],
        ]);
    });

    it("is found in the files that somebody else's program exports", async () => {
        const [oldKey, newKeys, caKey] = await Promise.all([newKey(), newKey(), newKey()]);
        const old = await selfSigned(oldKey, { subject: "CN=Old" });
        const root = await selfSigned(newKeys, { subject: "CN=New" });
        const ca = await issued(caKey, { keys: newKeys, pem: root }, { subject: "CN=Intermediate" });
        const files = publicFiles(ca, old + root);
        const found = programStatus("dev", { files });
        assert.deepEqual(
            found.map(({ ca, status, notAfter }) => [ca, status, notAfter !== undefined]),
            [
                ["root CN=Old", "trusted", true],
                ["root CN=New", "signs", true],
                ["intermediate", "plugged in", true],
            ],
        );
        assert.throws(() => programStatus("dev", {}), /^Error: Stack dev does not export files\./);
    });
});
