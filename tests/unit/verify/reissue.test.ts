import assert from "node:assert/strict";
import { chainChecks } from "../../../verify/chain";
import { ExpectedCa } from "../../../verify/expectedCa";
import { proxyFault } from "../../../verify/proxySecrets";
import { judgingCa } from "../../../verify/reissue";
import { Made, makeCa, makeLeaf, serverAndClient } from "./certificates";

const minute = 60_000;
const spiffeId = "spiffe://cluster.local/ns/a/sa/b";

describe("While proxies ask again at their own time", () => {
    let now: Date;
    let [root, next, previous, renewed]: Made[] = [];
    let expected: ExpectedCa;

    before(async () => {
        now = new Date();
        [root, next] = [await makeCa("Root CA"), await makeCa("Next root CA")];
        previous = await makeCa("Intermediate CA", { issuer: root });
        renewed = await makeCa("Intermediate CA", { issuer: root });
        expected = {
            caCert: renewed.certificate,
            roots: [root.certificate, next.certificate],
            // Made ten minutes ago, and dated back by two.
            reissue: { minutes: 30, since: ago(12) },
        };
    });

    function ago(minutes: number): Date {
        return new Date(now.getTime() - minutes * minute);
    }

    /** A leaf that istiod made so many minutes ago, and the chain that comes with it. */
    async function served(issuer: Made, minutesAgo: number): Promise<Made[]> {
        const from = -(minutesAgo + 2) / (24 * 60);
        return [
            await makeLeaf(issuer, [{ type: "url", value: spiffeId }], serverAndClient, { from }),
            issuer,
            root!,
        ];
    }

    async function accepted(issuer: Made, minutesAgo: number, held = expected): Promise<boolean> {
        const chain = (await served(issuer, minutesAgo)).map(({ certificate }) => certificate);
        const ok = judgingCa(chain, held, now) !== held;
        const fault = proxyFault({ roots: [...held.roots], crls: [], chain }, held);
        const checks = chainChecks({ name: "workload", spiffeId }, chain, held);
        assert.equal(fault === undefined, ok);
        assert.equal(
            checks.every((check) => check.ok),
            ok,
            JSON.stringify(checks),
        );
        return ok;
    }

    it("a leaf of the CA before is good, as long as its proxy need not have asked again", async () => {
        assert.equal(await accepted(previous!, 20), true);
        assert.equal(await accepted(previous!, 29), true);
        assert.equal(await accepted(previous!, 35), false);
    });

    it("a leaf of it that was made after istiod changed to the new one is not", async () => {
        assert.equal(await accepted(previous!, 5), false);
    });

    it("a leaf of another CA is not, nor if all must have picked up the new one", async () => {
        assert.equal(await accepted(await makeCa("Other CA", { issuer: root! }), 20), false);
        assert.equal(await accepted(await makeCa("Intermediate CA", { issuer: next! }), 20), false);
        assert.equal(await accepted(await makeCa("Intermediate CA"), 20), false);
        const { caCert, roots } = expected;
        assert.equal(await accepted(previous!, 20, { caCert, roots }), false);
    });

    it("a leaf of the CA before is not where another root signs now", async () => {
        const turned = await makeCa("Intermediate CA", { issuer: next! });
        assert.equal(await accepted(previous!, 20, { ...expected, caCert: turned.certificate }), false);
    });
});
