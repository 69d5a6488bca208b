import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MeshIdentity, meshIdentity } from "../../../stacks/meshIdentity";
import { clusterEntry } from "../../../kube/clusterEntry";
import type { RefusalId } from "../../../stacks/refusal";
import { forbidden, withApiServer } from "../support/apiServer";
import { refusedBy } from "../support/refusals";

const path = "/api/v1/namespaces/kube-system";

describe("The cluster that a mesh is in", () => {
    before(() =>
        pulumi.runtime.setMocks(
            { newResource: () => assert.fail("no resource"), call: () => assert.fail("no call") },
            "istio-plugin-ca",
            "stack1",
        ),
    );

    /** @param uid - undefined: the cluster does not show it */
    function identityIn(
        uid: string | undefined,
        declared?: string,
        before?: (kubeconfig: string) => MeshIdentity,
    ): Promise<MeshIdentity | undefined> {
        const objects = { [path]: uid === undefined ? forbidden : { metadata: { uid } } };
        return withApiServer(objects, (kubeconfig) => {
            const access = { kubeconfig, context: "cluster1", clusterUid: declared };
            return meshIdentity("one", access, before?.(kubeconfig));
        });
    }

    /** Where the mesh was: reached in the same way, or in another. */
    const known =
        (uid: string, context = "cluster1") =>
        (kubeconfig: string) => ({ cluster: "one", context, uid, ...clusterEntry(kubeconfig, "cluster1") });

    it("is what its namespace kube-system says at first", async () => {
        const { cluster, context, uid, server } = (await identityIn("u1"))!;
        assert.deepEqual([cluster, context, uid], ["one", "cluster1", "u1"]);
        assert.match(server!, /^http:\/\/127\.0\.0\.1:\d+$/);
        assert.equal((await identityIn("u1", "u1"))!.uid, "u1");
        assert.equal(await identityIn(undefined), undefined);
    });

    it("is the same as before, and is not asked, if it is reached in the same way", async () => {
        assert.equal((await identityIn(undefined, undefined, known("u1")))!.uid, "u1");
        assert.equal((await identityIn(undefined, "u1", known("u1")))!.uid, "u1");
        assert.equal((await identityIn("u2", undefined, known("u1")))!.uid, "u1");
    });

    it("is asked if it is reached in another way, or another one is declared", async () => {
        const { context, uid } = (await identityIn("u1", undefined, known("u1", "other")))!;
        assert.deepEqual([context, uid], ["cluster1", "u1"]);
        assert.equal((await identityIn("u2", "u2", known("u1")))!.uid, "u2");
    });

    it("is refused if it is another one or does not answer, with both and what to do", async () => {
        const at = String.raw`http:\/\/127\.0\.0\.1:\d+`;
        const here = String.raw`context cluster1 of \S+`;
        const denied = String.raw`the API server does not show namespace kube-system of context cluster1: 403 User "one" cannot get it`;
        const refusals: [Promise<unknown>, RefusalId, string][] = [
            [
                identityIn("u2", "u1"),
                "other-cluster",
                `The setting clusterUid is u1, but ${here} leads to another cluster at ${at}, UID u2\\. This stack would leave the one and change the other\\.\n    Correct context, kubeconfig or clusterUid\\.`,
            ],
            [
                identityIn(undefined, "u1"),
                "cluster-unreadable",
                `The setting clusterUid is u1, and whether ${here} leads there cannot be seen: ${denied}\\.\n    Let the cluster answer\\.`,
            ],
            [
                identityIn(undefined, undefined, known("u1", "other")),
                "cluster-unreadable",
                `The mesh of this stack is in cluster one, context other at ${at}, UID u1, and whether ${here} leads there cannot be seen: ${denied}\\.\n    Set context to other, or let the cluster answer\\.`,
            ],
            [
                identityIn("u2", undefined, known("u1", "other")),
                "other-cluster",
                `The mesh of this stack is in cluster one, context other at ${at}, UID u1, but ${here} leads to another cluster at ${at}, UID u2\\. This stack would leave the one and change the other\\.\n    Set context and kubeconfig to lead to the first\\. If cluster one was rebuilt and the first is gone: \`pulumi config set clusterUid u2 --stack stack1\`, then \`PULUMI_K8S_DELETE_UNREACHABLE=true pulumi up --refresh --stack stack1\`\\.`,
            ],
        ];
        for (const [refused, id, message] of refusals) {
            await assert.rejects(refused, refusedBy(id, new RegExp(`: ${message}\n`)));
        }
    });
});
