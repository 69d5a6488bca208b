import assert from "node:assert/strict";
import { ApiException } from "@kubernetes/client-node";
import { stringify } from "yaml";
import type { Cluster } from "../../../kube/cluster";
import { RemoteAccess } from "../../../verify/remoteAccess";

const forbidden = () => Promise.reject(new ApiException(403, "Forbidden", "", {}));

/** A cluster with Secrets of kubeconfigs, by the clusters that they lead to. */
function holding(kubeconfigs: Record<string, object>): Cluster {
    const items = Object.entries(kubeconfigs).map(([name, kubeconfig]) => ({
        metadata: { name: `istio-remote-secret-${name}` },
        data: { [name]: Buffer.from(stringify(kubeconfig)).toString("base64") },
    }));
    return { core: { listNamespacedSecret: () => Promise.resolve({ items }) } } as unknown as Cluster;
}

/** A cluster whose API server says this of every token. */
function reviewing(status: object): Cluster {
    return { api: () => ({ createTokenReview: () => Promise.resolve({ status }) }) } as unknown as Cluster;
}

describe("How a cluster reads another", () => {
    const byToken = holding({ two: { users: [{ user: { token: "t" } }] } });
    const seen = async (holder: Cluster, read: Cluster) => {
        const checks = await new RemoteAccess(holder).check("one: reads two", "two", read);
        return checks.map(({ observed, ok }) => [ok, observed]);
    };
    const accepted = [[true, "by a Secret with access that is accepted"]];

    it("is by a Secret whose token the other API server accepts", async () => {
        assert.deepEqual(await seen(byToken, reviewing({ authenticated: true })), accepted);
        const where = "by the token of Secret istio-system/istio-remote-secret-two, which is not accepted";
        assert.deepEqual(await seen(byToken, reviewing({ authenticated: false, error: "expired" })), [
            [false, `${where}: expired`],
        ]);
        assert.deepEqual(await seen(byToken, reviewing({})), [[false, `${where}: it is not valid`]]);
        assert.deepEqual(await seen(holding({}), reviewing({})), [[false, "by no Secret"]]);
    });

    it("may be by something else than a token, which nobody can look at from outside", async () => {
        const byPlugin = holding({ two: { users: [{ user: { exec: { command: "aws" } } }] } });
        assert.deepEqual(await seen(byPlugin, reviewing({ authenticated: false })), accepted);
    });

    it("is not judged by who may not look at it", async () => {
        const none = { core: { listNamespacedSecret: forbidden } } as unknown as Cluster;
        assert.deepEqual(await seen(none, reviewing({})), []);
        const noReview = { api: () => ({ createTokenReview: forbidden }) } as unknown as Cluster;
        assert.deepEqual(await seen(byToken, noReview), accepted);
    });

    it("is looked at again if something was wrong", async () => {
        let secrets = holding({});
        const holder = {
            core: { listNamespacedSecret: () => secrets.core.listNamespacedSecret({ namespace: "" }) },
        };
        const access = new RemoteAccess(holder as unknown as Cluster);
        const look = async () => (await access.check("", "two", reviewing({ authenticated: true })))[0]!.ok;
        assert.equal(await look(), false);
        secrets = byToken;
        assert.equal(await look(), true);
    });
});
