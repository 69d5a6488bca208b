import assert from "node:assert/strict";
import { settingsPage } from "../../../docs/settings";

describe("docs/settings.md", () => {
    it("is what Pulumi.yaml says", () => {
        const { current, generated } = settingsPage();
        assert.equal(current, generated, "Run `npm run docs:settings`.");
    });

    it("has a row for each setting, and keeps what is written by hand", () => {
        const { generated } = settingsPage();
        const keys = [
            ...generated.matchAll(/^\| `(\w+)` \| [a-z, ]+ \| (string|integer|boolean|array) \|/gm),
        ];
        assert.ok(keys.length > 40, `${keys.length} rows`);
        assert.match(generated, /^# Settings\n[^]+^## Profiles$/m);
    });
});
