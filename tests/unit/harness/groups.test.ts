import assert from "node:assert/strict";
import * as path from "node:path";
import { grouped, inOrder } from "../../groups";

describe("The files of npm test", () => {
    it("run in groups, each in its order, and all of them", () => {
        const files = ["verify", "rotation", "package", "mesh", "renewal", "examples"].map(
            (name) => `tests/integration/${name}.test.ts`,
        );
        const groups = grouped(inOrder(files)).map((group) =>
            group.map((file) => path.basename(file, ".test.ts")),
        );
        assert.deepEqual(groups, [["renewal", "rotation"], ["mesh"], ["examples", "package"], ["verify"]]);
    });
});
