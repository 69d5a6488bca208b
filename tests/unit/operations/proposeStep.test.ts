import assert from "node:assert/strict";
import { proposeStep } from "../../../operations/rotation/proposeStep";
import { Certificate } from "../../../pki/certificate";
import { newKey, selfSigned } from "../../pki";
import { FakeProject } from "../support/fakeProject";

const clusters = ["one", "two"];

describe("A step of a rotation that is proposed", () => {
    let pems: Record<string, string>;
    let project: FakeProject;

    before(async () => {
        const names = ["root", "root-2", "signed by root", "signed by root-2"];
        const made = names.map(async (name) => [name, await selfSigned(await newKey())]);
        pems = Object.fromEntries(await Promise.all(made)) as Record<string, string>;
    });

    beforeEach(() => {
        const cluster = { role: "cluster" };
        project = new FakeProject(
            { root: { role: "root", clusters }, one: cluster, two: cluster },
            (made, stack) => {
                if (stack !== "root") {
                    const { trustBundle, certificates } = made.outputs["root"] as unknown as RootOutputs;
                    const { pem } = certificates[stack]!;
                    const own = { "ca-cert.pem": pem, "cert-chain.pem": pem };
                    return { files: { ...own, "root-cert.pem": trustBundle } };
                }
                const names = (made.settings(stack).get("roots") as string[] | undefined) ?? ["root"];
                const signer = (made.settings(stack).get("signingRoot") as string | undefined) ?? "root";
                const signed = { generation: 1, pem: pems[`signed by ${signer}`]! };
                return {
                    roots: Object.fromEntries(names.map((name) => [name, factsOf(name)])),
                    root: factsOf(signer),
                    trustBundle: names.map((name) => pems[name]!).join(""),
                    certificates: Object.fromEntries(clusters.map((name) => [name, signed])),
                };
            },
        );
        up(["root", ...clusters]);
    });

    afterEach(() => project.remove());

    const factsOf = (name: string) => Certificate.all(pems[name]!)[0]!.facts;
    const propose = (options = {}) => proposeStep(project, "root", options);

    function up(names: string[]): void {
        const stacks = project.stacks().filter(({ name }) => names.includes(name));
        void project.bringUp(project, { title: "up", stacks, limits: new Map() });
        project.done = [];
    }

    it("changes the settings of root and nothing else, one step after another", async () => {
        const titles: string[] = [];
        for (let step = 0; step < 3; step++) {
            titles.push(await propose(step === 0 ? { to: "root-2" } : {}));
            assert.deepEqual(project.done, ["settings of root"]);
            up(["root", ...clusters]);
        }
        assert.deepEqual(titles, ["Trust root-2 along with root", "Sign with root-2", "Trust root-2 alone"]);
        assert.deepEqual(project.settings("root").get("roots"), ["root-2"]);
    });

    it("is refused while root or a cluster has not taken the current one, which is named", async () => {
        await propose();
        const untaken =
            /roots root, root-2, signed by root, which root has not taken\. Bring the stacks up first/;
        await assert.rejects(propose(), untaken);
        up(["root", "one"]);
        await assert.rejects(propose(), /signed by root, which two has not taken/);
        up(["two"]);
        await propose();
        up(["root"]);
        // They trust what they should, and what root has signed is not plugged in.
        await assert.rejects(propose(), /signed by root-2, which one, two have not taken/);
        assert.deepEqual(project.done, []);
    });

    it("leads back from wherever the rotation is", async () => {
        await assert.rejects(
            propose({ back: true }),
            /^Error: No rotation is under way: root is the only root\./,
        );
        await propose();
        up(["root", "one"]);
        assert.equal(await propose({ back: true }), "Trust root alone");
        up(["root", ...clusters]);
        assert.deepEqual(project.settings("root").get("roots"), ["root"]);
    });

    it("is refused before there is a root", async () => {
        delete project.outputs["root"];
        await assert.rejects(propose(), /which root has not taken/);
    });
});

interface RootOutputs {
    trustBundle: string;
    certificates: Record<string, { generation: number; pem: string }>;
}
