import assert from "node:assert/strict";
import { pulumiError } from "../../../operations/errors";

describe("An error of pulumi", () => {
    it("says what to do about the empty file that a killed pulumi has left", () => {
        for (const told of ["EOF", "failed to load checkpoint: EOF"]) {
            assert.match(
                pulumiError(`error: ${told}\n`),
                new RegExp(`^${told}[.] .* killed .*\\bfind FOLDER`),
            );
        }
    });

    it("is left as it is where an API server has ended a connection", () => {
        const told = 'Get "https://192.0.2.1:6443/api": EOF';
        assert.equal(pulumiError(`error: ${told}\n`), told);
    });
});
