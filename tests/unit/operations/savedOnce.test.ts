import assert from "node:assert/strict";
import { FakeProject } from "../support/fakeProject";

const variable = "PULUMI_SKIP_CHECKPOINTS";

describe("How often the engine saves a state", () => {
    let project: FakeProject;

    before(() => {
        project = new FakeProject(
            {
                root: { role: "root" },
                hsm: { role: "root", signCommand: "openssl pkeyutl -sign" },
                vault: { role: "root", signCommand: { secure: "v1:abc" } },
                cluster: { role: "cluster" },
                standalone: { role: "standalone" },
            },
            () => ({}),
        );
    });

    after(() => project.remove());

    it("is once for a stack root whose keys are in its state, because nothing else would be lost by a kill", () => {
        assert.equal(project.variables("root")[variable], "true");
        for (const stack of ["hsm", "vault", "cluster", "standalone", "gone", undefined]) {
            assert.equal(project.variables(stack)[variable], undefined, stack);
        }
    });

    it("stays as the user wants it", () => {
        process.env[variable] = "false";
        try {
            assert.equal(project.variables("root")[variable], undefined);
        } finally {
            delete process.env[variable];
        }
    });
});
