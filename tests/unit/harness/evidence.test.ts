import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { keepEvidence, withoutKeys } from "../../evidence";
import { noteOutcome, recentOutcomes } from "../../integration/inUse";

describe("The evidence of a failed test", () => {
    const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = privateKey.export({ type: "pkcs8", format: "pem" }) as string;

    it("is the error with its details and what Pulumi said last, for their owner alone, without keys", () => {
        noteOutcome("pulumi up --stack one", `error: ${key}refused`);
        const error = Object.assign(new Error(`no ${key}`), { details: `stderr: ${key}` });
        const dir = keepEvidence("Of a unit test/that fails", error)!;
        recentOutcomes.length = 0;
        const texts = fs.readdirSync(dir).map((name) => fs.readFileSync(path.join(dir, name), "utf8"));
        assert.equal(fs.statSync(path.join(dir, "pulumi.log")).mode & 0o777, 0o600);
        fs.rmSync(dir, { recursive: true });
        assert.equal(texts.length, 2);
        const all = texts.join("\n");
        assert.match(all, /\$ pulumi up --stack one\nerror: \[a private key\]\s+refused/);
        assert.match(all, /stderr: \[a private key\]/);
        assert.doesNotMatch(all, /PRIVATE KEY/);
        // Not any long run of Base64 characters: the folder of the checkout, which the stack trace names, can be one.
        assert.deepEqual(
            linesOf(key).filter((line) => all.includes(line)),
            [],
        );
    });

    it("is not kept of a test without clusters and Pulumi", () => {
        assert.equal(keepEvidence("Of a unit test", new Error("no")), undefined);
    });

    it("masks a key that is cut off, and no certificate", () => {
        const cut = key.slice(0, 90);
        assert.equal(withoutKeys(`a\n${cut}`), "a\n[a private key]");
        const certificate = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        assert.equal(withoutKeys(certificate), certificate);
    });
});

/** The lines of a PEM text that hold its data. */
function linesOf(pem: string): string[] {
    return pem.split("\n").filter((line) => line && !line.startsWith("-----"));
}
