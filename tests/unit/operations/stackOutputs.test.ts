import assert from "node:assert/strict";
import { stackOutputs } from "../../../operations/project/stackOutputs";
import { FakeProject } from "../support/fakeProject";

describe("The outputs of a stack", () => {
    let project: FakeProject;

    before(() => {
        project = new FakeProject({ one: { role: "cluster" } }, () => ({}));
    });

    after(() => project.remove());

    const facts = { subject: "", issuer: "", serial: "", fingerprint: "", notBefore: "", notAfter: "" };

    it("are those that are read, with what the last `up` exported", async () => {
        project.outputs["one"] = { status: "CA signed", ca: { ...facts, generation: 2 }, other: 1 };
        assert.deepEqual(await stackOutputs(project, "one"), { status: "CA signed", ca: facts });
        project.outputs["one"] = {};
        assert.deepEqual(await stackOutputs(project, "one"), {});
    });

    it("are refused in a form that is not known, all of them at once and by name", async () => {
        project.outputs["one"] = { status: 5, csr: { generation: 1 }, roots: { root: "old" } };
        await assert.rejects(stackOutputs(project, "one"), ({ message }: Error) => {
            assert.match(message, /^Stack one has outputs that this version does not know \(/);
            assert.match(message, /\(roots\.root: .+; status: .+; csr\.pem: .+\)\. Bring it up with/);
            return true;
        });
    });
});
