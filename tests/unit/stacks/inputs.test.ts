import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";

const checkout = path.join(__dirname, "..", "..", "..");

describe("What an up reads of other stacks", () => {
    it("is read where the digest of its inputs takes it from, and nowhere else", () => {
        const reading = fs
            .globSync("{index.ts,{config,stacks,components}/**/*.ts}", { cwd: checkout })
            .filter((file) =>
                /\b(stackOutputs<|StackReference\()/.test(fs.readFileSync(path.join(checkout, file), "utf8")),
            );
        assert.deepEqual(reading.sort(), [
            "stacks/change.ts",
            // A stack that links clusters is never left out.
            "stacks/linkChange.ts",
            "stacks/outputs.ts",
            "stacks/rootChange.ts",
            "stacks/signer.ts",
        ]);
    });
});
