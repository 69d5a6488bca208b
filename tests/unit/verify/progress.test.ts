import * as assert from "node:assert/strict";
import { progress, progressLine } from "../../../verify/progress";

describe("Progress", () => {
    it("says how many follow, every two seconds where that has changed", () => {
        let now = 0;
        const lines: string[] = [];
        const tell = progress(
            (line) => lines.push(line),
            () => now,
        );
        tell(10, 1000);
        now = 2000;
        tell(417, 1000);
        tell(418, 1000);
        now = 9000;
        tell(417, 1000);
        tell(1000, 1000);
        assert.deepEqual(lines, [
            "417 of 1000 proxies have picked up the CA",
            "1000 of 1000 proxies have picked up the CA",
        ]);
        assert.ok(lines.every((line) => progressLine.test(line)));
        assert.doesNotMatch("proxies: trust bundle and CA   by all 1000", progressLine);
    });
});
