import assert from "node:assert/strict";
import { defaultParallel } from "../../../operations/project/parallel";
import { FakeProject } from "../support/fakeProject";

const gib = 1024 ** 3;

describe("On how many stacks a command works at once", () => {
    it("depends on cores and free memory, and is never none", () => {
        assert.equal(defaultParallel(2, 64 * gib), 8);
        assert.equal(defaultParallel(16, 64 * gib), 64);
        assert.equal(defaultParallel(16, 4 * gib), 4);
        assert.equal(defaultParallel(2, 0.1 * gib), 1);
    });

    it("bounds what looks at stacks, too", async () => {
        const project = new FakeProject({}, () => ({}));
        let [running, most] = [0, 0];
        const look = async (item: number) => {
            most = Math.max(most, ++running);
            await new Promise((resolve) => setImmediate(resolve));
            running--;
            return item;
        };
        const items = Array.from({ length: 50 + project.parallel }, (_, index) => index);
        assert.deepEqual(await project.each(items, look), items);
        assert.equal(most, project.parallel);
        project.remove();
    });
});
