import assert from "node:assert/strict";
import { Stack, StackSummary } from "@pulumi/pulumi/automation";
import { destroy } from "../../../operations/destroy";
import { FakeProject } from "../support/fakeProject";

const ca = { subject: "", issuer: "", serial: "", fingerprint: "", notBefore: "", notAfter: "" };
const files = { "ca-cert.pem": "", "cert-chain.pem": "", "root-cert.pem": "" };

/** Existing stacks, and what was done to them. */
class StandingProject extends FakeProject {
    readonly calls: string[] = [];
    /** The stack whose `destroy` fails. */
    failing?: string;

    override existing(): Promise<StackSummary[]> {
        return Promise.resolve(
            Object.keys(this.outputs).map((name) => ({
                name,
                current: false,
                updateInProgress: false,
            })) as StackSummary[],
        );
    }

    override open(name: string): Promise<Stack> {
        const down = () => {
            this.calls.push(`destroy ${name}`);
            if (name === this.failing) {
                return Promise.reject(new Error("the cluster does not answer"));
            }
            this.outputs[name] = {};
            return Promise.resolve();
        };
        return Promise.resolve({ name, destroy: down } as unknown as Stack);
    }

    override pulumi(stack: string, ...args: string[]): Promise<string> {
        if (args[0] === "state") {
            this.calls.push(`${args[1]} ${stack}`);
        }
        return super.pulumi(stack);
    }
}

describe("Stacks that are taken down", () => {
    let project: StandingProject;

    beforeEach(() => {
        const cluster = { role: "cluster" };
        const stacks = { root: { role: "root", clusters: ["one"] }, one: cluster, two: cluster };
        project = new StandingProject(stacks, () => ({}));
        Object.assign(project.outputs, { root: {}, one: { ca }, two: { ca } });
    });

    afterEach(() => project.remove());

    const down = (...names: string[]) =>
        destroy(
            project,
            project.stacks().filter(({ name }) => names.includes(name)),
        );

    it("are the clusters, then root, whose protection goes last", async () => {
        await down("root", "one", "two");
        assert.deepEqual(project.calls.slice(0, 2).sort(), ["destroy one", "destroy two"]);
        assert.deepEqual(project.calls.slice(2), ["unprotect root", "destroy root"]);
    });

    it("do not include root if the destruction of a cluster failed", async () => {
        project.failing = "two";
        await assert.rejects(down("root", "one", "two"));
        assert.deepEqual(project.calls.sort(), ["destroy one", "destroy two"]);
    });

    for (const [name, outputs] of Object.entries({
        "has a CA": { ca },
        "has files plugged in": { files },
    })) {
        it(`do not include root while another cluster ${name}`, async () => {
            project.outputs["two"] = outputs;
            await assert.rejects(down("root", "one"));
            assert.deepEqual(project.calls, ["destroy one"]);
        });
    }

    it("are root alone if no cluster has a CA any more", async () => {
        Object.assign(project.outputs, { one: {}, two: { csr: { generation: 1, pem: "" } } });
        await down("root");
        assert.deepEqual(project.calls, ["unprotect root", "destroy root"]);
    });
});
