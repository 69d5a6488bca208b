import assert from "node:assert/strict";
import program from "../../../index";
import { Guard, refuse } from "../../../stacks/guards/guard";
import { Refusal, Refused } from "../../../stacks/refusal";
import { withApiServer } from "../support/apiServer";
import { runMocked } from "../support/mocks";
import { noMesh } from "../support/meshObjects";
import { livingUnder } from "../support/obstacles";
import { refusedBy } from "../support/refusals";
import { factsOf, testCa, upOf } from "../support/roles";

const refusal = (id: Refusal["id"]): Refusal => ({ id, found: `Found ${id}.`, remedy: "Do." });

describe("A chain of guards", () => {
    it("reports every refusal of a phase in the order of the guards, and what was left as it is once", async () => {
        const guards: Guard<object>[] = [
            () => refusal("role-changed"),
            () => undefined,
            () => Promise.resolve(refusal("live-mesh")),
        ];
        await assert.rejects(refuse(guards, {}), {
            message: `This \`up\` is refused. Nothing was changed.
role-changed: Found role-changed.
    Do.
    See docs/refusals.md#role-changed
live-mesh: Found live-mesh.
    Do.
    See docs/refusals.md#live-mesh`,
        });
        await assert.rejects(
            refuse(guards, {}, "Nothing was signed."),
            /is refused\. Nothing was signed\.\n/,
        );
        await refuse([() => undefined], {});
    });

    it("reports once what several guards could not read", async () => {
        const unreadable = new Refused([refusal("cluster-unreadable")]);
        const reads: Guard<object> = () => Promise.reject(unreadable);
        await assert.rejects(
            refuse([reads, () => refusal("live-mesh"), reads], {}),
            refusedBy(["cluster-unreadable", "live-mesh"]),
        );
    });

    it("hides no fault of its own", async () => {
        const fault = new TypeError("x is undefined");
        await assert.rejects(refuse([() => Promise.reject(fault)], {}), fault);
    });
});

describe("An `up` that names a stack that is missing", () => {
    it("is refused by its name, for a signer, a peer and a cluster", async () => {
        const ca = await testCa();
        for (const config of [{ rootStack: "missing" }, { peers: '["missing"]' }] as Record<
            string,
            string
        >[]) {
            const { error } = await upOf("cluster", ca, { config });
            refusedBy(
                "stack-missing",
                "Stack organization/istio-plugin-ca/missing, which a setting names, is missing.",
                "`pulumi stack init missing`",
            )(error);
        }
        const config = { role: "root", clusters: '["missing"]' };
        await assert.rejects(
            runMocked<unknown>(program, { stack: "root", config }),
            refusedBy("stack-missing", "`pulumi stack init missing`"),
        );
    });
});

describe("An `up` with two faults", () => {
    it("in its settings reports both", async () => {
        const ca = await testCa();
        const config = { istio: "adopt", generation: "1", reissueWithin: "720h" };
        const renewFrom = new Date(Date.parse(factsOf(ca.pem).notAfter) - 86_400_000).toISOString();
        const live = { ...livingUnder(ca), ca: { ...factsOf(ca.pem), generation: 2 } };
        const { error } = await upOf("cluster", ca, { config, live, renewFrom });
        refusedBy(["istio-owner-changed", "generation-gone", "reissue-too-slow"])(error);
    });

    it("in its cluster reports both", async () => {
        const [ca, other] = [await testCa(), await testCa()];
        const config = { expiryAlerts: "true", peers: '["cluster2"]' };
        const live = { ...livingUnder(other), root: factsOf(other.root.pem) };
        const { error } = await withApiServer(noMesh, (kubeconfig) =>
            upOf("ready", ca, { config: { ...config, kubeconfig }, live }),
        );
        refusedBy(["monitoring-missing", "root-still-used", "root-not-trusted"])(error);
    });
});
