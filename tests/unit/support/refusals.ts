import assert from "node:assert/strict";
import { explained, RefusalId, Refused } from "../../../stacks/refusal";

/**
 * Checks that an `up` is refused for these reasons, in this order and for no other, and that its message names every fact.
 *
 * @returns what `assert.rejects` takes
 */
export function refusedBy(ids: RefusalId | RefusalId[], ...facts: (string | RegExp)[]) {
    return (error: unknown): true => {
        assert.ok(error instanceof Refused, String(error));
        assert.deepEqual(
            error.refusals.map(({ id }) => id),
            [ids].flat(),
            error.message,
        );
        const { message } = error;
        assert.match(message, /(^|: )This `up` is refused\. (Nothing|No cluster) was changed\.\n/);
        const links = [ids].flat().map(explained);
        const missing = [...links, ...facts].filter((fact) =>
            typeof fact === "string" ? !message.includes(fact) : !fact.test(message),
        );
        assert.deepEqual(missing, [], message);
        return true;
    };
}
