import assert from "node:assert/strict";
import { StackEntry } from "../../../operations/project/project";
import { rotate } from "../../../operations/rotation/rotate";
import program from "../../../index";
import type { ClusterOutputs, RootOutputs } from "../../../stacks/outputs";
import { issued, KeyPair, newKey, selfSigned, publicFiles } from "../../pki";
import { withApiServer } from "../support/apiServer";
import { FakeProject } from "../support/fakeProject";
import { noMesh } from "../support/meshObjects";
import { runMocked } from "../support/mocks";
import { livingUnder } from "../support/obstacles";
import { factsOf, Plugging, stackNames, TestCa, testCa, Up, upOf } from "../support/roles";

/** A root of which less is left than the guard asks for, and more than an intermediate lives. */
const soon = { subject: "O=Istio, CN=Root CA", days: 3650, age: 2800 };
const guard = { expiryGuardDays: "1000" };

describe("A root that expires soon", () => {
    let keys: Record<string, KeyPair>;
    let certificates: Record<string, string>;

    before(async () => {
        const names = ["root-key", "root-2-key", "cluster1-1-key"];
        const pairs = names.map(async (name) => [name, await newKey()] as const);
        keys = Object.fromEntries(await Promise.all(pairs));
        const [root, next] = [keys["root-key"]!, keys["root-2-key"]!];
        certificates = {
            "root-cert": await issued(root, { keys: root, pem: await selfSigned(root) }, soon),
            "root-2-cert": await selfSigned(next),
        };
    });

    it("is replaced by the command that the refusal names, which the guard lets pass", async () => {
        const stacks = { root: { role: "root", clusters: ["cluster1"] }, cluster1: { role: "cluster" } };
        const project = new FakeProject(stacks, () => ({}));
        const outputs: Record<string, Record<string, unknown>> = {};
        const up = async (stack: string, more: Record<string, string> = guard) => {
            const setting = (key: string) => project.settings(stack).get(key);
            const given = ["role", "clusters", "roots", "signingRoot"].flatMap((key) => {
                const value = setting(key);
                const text = typeof value === "string" ? value : JSON.stringify(value);
                return value === undefined ? [] : [[key, text] as const];
            });
            const run = await runMocked(program as () => Promise<RootOutputs & ClusterOutputs>, {
                stack,
                config: {
                    ...(stack === "root" ? {} : { deploy: "false" }),
                    ...Object.fromEntries(given),
                    ...more,
                },
                stacks: {
                    [stackNames.root]: outputs["root"] ?? {},
                    [stackNames.self]: outputs["cluster1"] ?? {},
                },
                keys,
                certificates,
            });
            outputs[stack] = project.outputs[stack] = { ...run.outputs };
        };
        const bringUp = async (_: unknown, { stacks }: { stacks: StackEntry[] }) => {
            for (const name of stacks.length > 0 ? ["root", "cluster1"] : []) {
                await up(name);
            }
        };
        for (const name of ["root", "cluster1", "root", "cluster1"]) {
            await up(name, { expiryGuardDays: "0" });
        }
        const { message } = await up("root").then(
            () => assert.fail("the `up` passed"),
            (error: Error) => error,
        );
        const [, stack] = /Replace it: `npm run rotate -- (\S+)`\./.exec(message)!;
        assert.equal(await rotate(project, stack!, { bringUp }), true);
        await up("root");
        const { root, roots } = outputs["root"] as unknown as RootOutputs;
        assert.deepEqual(Object.keys(roots), ["root-2"]);
        assert.equal(root.fingerprint, factsOf(certificates["root-2-cert"]!).fingerprint);
        const { root: trusted } = outputs["cluster1"] as unknown as ClusterOutputs;
        assert.equal(trusted!.fingerprint, root.fingerprint);
        project.remove();
    });
});

describe("A CA that expires soon", () => {
    let ending: TestCa;
    let renewed: TestCa;

    before(async () => {
        ending = await testCa(undefined, 345);
        renewed = { ...ending, ...(await sameKey(ending)) };
    });

    /** What each refusal says, and the `up` that it asks for. */
    const remedies: Record<string, [Plugging, Up, RegExp]> = {
        "that its signer renews": [
            "cluster",
            { renewFrom: "2020-01-01T00:00:00Z" },
            /`pulumi up --stack root` renews it\./,
        ],
        "of an outside signer": [
            "outside",
            {},
            /Have its request signed again: `npm run csr -- cluster1` prints it\./,
        ],
        "that somebody else made": ["ready", {}, /Have whoever made it renew it\./],
    };
    for (const [what, [role, up, remedy]] of Object.entries(remedies)) {
        it(`is plugged in again once it is renewed as the refusal says: one ${what}`, async () => {
            const live = {
                ...livingUnder(ending),
                ...(role !== "ready" && { csr: { generation: 1, pem: ending.csr } }),
            };
            const refused = await upIn(role, ending, { ...up, live });
            assert.match(refused.error!.message, remedy);
            const { stack, error } = await upIn(role, renewed, { ...up, live });
            assert.equal(error, undefined);
            const { fingerprint } = factsOf(stack!.outputs.files!["ca-cert.pem"]);
            assert.equal(fingerprint, factsOf(renewed.pem).fingerprint);
        });
    }

    it("gets a new key and certificate by the generation that the refusal names, if nobody renews it", async () => {
        const live = { ...livingUnder(ending), csr: { generation: 1, pem: ending.csr } };
        const refused = await upIn("cluster", ending, { live });
        const [, key, value] = /`pulumi config set (\S+) (\S+) --stack cluster1` and `npm run up`/.exec(
            refused.error!.message,
        )!;
        const config = { [key!]: value! };
        const asking = await upIn("cluster", ending, { live, config });
        assert.equal(asking.error, undefined);
        assert.equal(asking.stack!.outputs.csr!.generation, 2);
        assert.equal(asking.stack!.outputs.status, "waiting for generation 2");
    });

    function upIn(role: Plugging, ca: TestCa, up: Up) {
        return withApiServer(noMesh, (kubeconfig) =>
            upOf(role, ca, { ...up, config: { kubeconfig, ...up.config } }),
        );
    }
});

/** As a signer renews it. */
async function sameKey({ keys, root }: TestCa): Promise<Pick<TestCa, "pem" | "files">> {
    const pem = await issued(keys, root, { san: true });
    return { pem, files: publicFiles(pem, root.pem) };
}
