import assert from "node:assert/strict";
import { withApiServer } from "../support/apiServer";
import { noMesh } from "../support/meshObjects";
import { allObstacles, livingUnder, Obstacle, table } from "../support/obstacles";
import { refusedBy } from "../support/refusals";
import { factsOf, Plugging, plugging, TestCa, testCa, Up, upOf } from "../support/roles";

describe("A stack that plugs a CA in", () => {
    let own: TestCa;
    let renewed: TestCa;
    let obstacles: Record<keyof typeof table, Obstacle>;

    before(async () => {
        own = await testCa();
        renewed = await testCa(own.root);
        obstacles = await allObstacles(own, renewed);
    });

    for (const role of plugging) {
        it(`gets as far as the Secret in a cluster without a mesh: ${role}`, async () => {
            const { stack, error } = await upIn(noMesh, role, own);
            assert.equal(error, undefined);
            assert.ok(stack!.find("kubernetes:core/v1:Secret", "cacerts-secret"));
            assert.equal(stack!.outputs.root!.fingerprint, factsOf(own.root.pem).fingerprint);
        });

        it(`renews a CA that is plugged in: ${role}`, async () => {
            const { stack, error } = await upIn(noMesh, role, own, { live: livingUnder(renewed) });
            assert.equal(error, undefined);
            const { fingerprint } = factsOf(stack!.outputs.files!["ca-cert.pem"]);
            assert.equal(fingerprint, factsOf(own.pem).fingerprint);
        });

        it(`previews while the cluster does not exist yet: ${role}`, async () => {
            const { error } = await upIn(undefined, role, own, { preview: true });
            assert.equal(error, undefined);
        });
    }

    const permitted: Record<string, () => Promise<[TestCa, Up]>> = {
        "may expire without a renewal": async () => [
            await testCa(own.root, 345),
            { config: { expiryGuardDays: "0" } },
        ],
        "is in time": async () => [await testCa(own.root, 330), {}],
        "has peers under its root": () =>
            Promise.resolve([own, { config: { peers: '["cluster2"]' }, peer: { files: renewed.files } }]),
        "has peers without a CA": () => Promise.resolve([own, { config: { peers: '["cluster2"]' } }]),
        "adopts an Istio that was external": () =>
            Promise.resolve([
                own,
                { config: { istio: "adopt" }, live: { ...livingUnder(renewed), istioMode: "external" } },
            ]),
    };
    for (const [what, of] of Object.entries(permitted)) {
        for (const role of ["cluster", "outside", "ready"] as const) {
            it(`passes if it ${what}: ${role}`, async () => {
                const [ca, up] = await of();
                assert.equal((await upIn(noMesh, role, ca, up)).error, undefined);
            });
        }
    }

    it("allows a quarter of the renewal window for workloads to pick up a renewal", async () => {
        const windowHours = (hours: number) =>
            new Date(Date.parse(factsOf(own.pem).notAfter) - hours * 3_600_000).toISOString();
        const config = { reissueWithin: "6h" };
        const allowed = await upIn(noMesh, "cluster", own, { config, renewFrom: windowHours(24) });
        assert.equal(allowed.error, undefined);
        const refused = await upIn(noMesh, "cluster", own, { config, renewFrom: windowHours(23) });
        refusedBy("reissue-too-slow", /reissueWithin to 345m at most.* to 1 at least/)(refused.error);
    });

    for (const [guard, roles] of Object.entries(table)) {
        for (const role of roles) {
            it(`is refused if it ${guard}: ${role}`, async () => {
                const { id, ca = own, up, objects, names } = obstacles[guard as keyof typeof table];
                const { error, registered } = await upIn(objects, role, ca, up);
                assert.ok(error, "the `up` passed");
                refusedBy(id, ...names)(error);
                assert.deepEqual(
                    registered.filter((each) => /^(kubernetes|command):/.test(each)),
                    [],
                );
            });
        }
    }
});

/** @param objects - undefined: nothing answers at the API server's address */
function upIn(objects: Record<string, object> | undefined, role: Plugging, ca: TestCa, up: Up = {}) {
    return withApiServer(objects, (kubeconfig) =>
        upOf(role, ca, { ...up, config: { kubeconfig, ...up.config } }),
    );
}
