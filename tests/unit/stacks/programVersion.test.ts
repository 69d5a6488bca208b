import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { programSources, programVersion } from "../../../stacks/programVersion";

const { sources } = createRequire(__filename)("../../../program/bundle.cjs") as { sources: string[] };

describe("The version of the program", () => {
    it("is a digest of all that its bundle is made of", () => {
        assert.deepEqual(programSources, sources);
        assert.match(programVersion(), /^[0-9a-f]{64}$/);
        assert.equal(programVersion(), programVersion());
    });
});
