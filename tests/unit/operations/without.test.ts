import assert from "node:assert/strict";
import { bringUpAndSee } from "../../../operations/gate";
import { silent } from "../../../operations/progress";
import { rotate } from "../../../operations/rotation/rotate";
import { leaveBehind, leftBehind, stacksWithout } from "../../../operations/without";
import { Certificate } from "../../../pki/certificate";
import { newKey, selfSigned } from "../../pki";
import { FakeProject } from "../support/fakeProject";

describe("Without a cluster that cannot be reached", () => {
    let project: FakeProject;
    let certificate: string;

    before(async () => {
        certificate = await selfSigned(await newKey(), { subject: "O=c2" });
    });

    beforeEach(() => {
        project = new FakeProject(
            {
                root: { role: "root", clusters: ["c1", "c2"] },
                c1: { role: "cluster" },
                c2: { role: "cluster" },
                mesh: { role: "mesh", clusters: ["c1", "c2"] },
                other: { role: "mesh", clusters: ["c1", "c3"] },
            },
            () => ({}),
        );
        const signed = (names: string[]) => names.map((name) => [name, { generation: 1, pem: certificate }]);
        project.outputs["root"] = { certificates: Object.fromEntries(signed(["c1", "c2"])) as object };
    });

    afterEach(() => project.remove());

    const names = (stacks: { name: string }[]) => stacks.map(({ name }) => name);

    it("an up leaves it out with what links it, and refuses the name of anything but a cluster", () => {
        const left = stacksWithout(project, project.stacks(), ["c2"]);
        assert.deepEqual(names(left), ["c1", "other", "root"]);
        for (const name of ["root", "mesh", "c9"]) {
            assert.throws(() => stacksWithout(project, project.stacks(), [name]), {
                message: `--without names ${name}. Allowed: the stacks of clusters: c1, c2.`,
            });
        }
    });

    it("a rotation says what follows and asks, then stack root no longer signs for it", async () => {
        const said: string[] = [];
        const progress = { ...silent, report: (line: string) => void said.push(line) };
        const confirm = (question: string) => Promise.resolve(said.push(question) > 0);
        const options = { without: ["c2"], confirm, progress };
        assert.deepEqual(await leaveBehind(project, "root", ["c1", "c2"], options), ["c1"]);
        assert.deepEqual(project.settings("root").get("clusters"), ["c1"]);
        assert.match(said.join("\n"), /no longer renews the certificate: c2 expires on \d{4}-\d\d-\d\d\./);
        assert.match(said.join("\n"), /all other clusters reject requests from c2/);
        assert.match(
            said.join("\n"),
            /Stack mesh links c2 to c1: [^]* Unlink first: `pulumi destroy --stack mesh --continue-on-error`\./,
        );
        assert.doesNotMatch(said.join("\n"), /Stack other/);
        assert.equal(said.at(-1), "Continue without c2?");
        // The next run does not ask again.
        const again = { ...options, confirm: () => Promise.reject(new Error("asked")) };
        assert.deepEqual(await leaveBehind(project, "root", ["c1"], again), ["c1"]);
    });

    it("a rotation takes its steps through the others, and no step before the user agrees", async () => {
        const pem = await selfSigned(await newKey(), { subject: "O=root" });
        const [facts] = Certificate.all(pem).map((each) => each.facts);
        Object.assign(project.outputs["root"]!, { roots: { root: facts }, root: facts, trustBundle: pem });
        const gates: string[] = [];
        const bringUp: typeof bringUpAndSee = (_, { title, stacks, limits, without }) => {
            gates.push(
                `${title}: ${names(stacks).join(" ")}; ${[...limits.keys()].join(" ")}; ${without?.join()}`,
            );
            return Promise.resolve();
        };
        const confirm = () => Promise.resolve(false);
        assert.equal(await rotate(project, "root", { without: ["c2"], confirm, bringUp }), false);
        assert.deepEqual(gates, []);
        await rotate(project, "root", { without: ["c2"], bringUp });
        assert.deepEqual(gates.slice(0, 2), [
            "Verify the mesh: ; c1; c2",
            "Trust root-2 along with root: root c1; c1; c2",
        ]);
        assert.equal(gates.length, 4);
    });

    it("nothing changes unless the user agrees", async () => {
        const before = project.snapshot();
        const confirm = () => Promise.resolve(false);
        const options = { without: ["c2"], confirm };
        assert.equal(await leaveBehind(project, "root", ["c1", "c2"], options), undefined);
        await assert.rejects(leaveBehind(project, "root", ["c1", "c2"], { without: ["c1", "c2"] }), {
            message: "Without c1, c2, no cluster of stack root remains.",
        });
        assert.equal(project.snapshot(), before);
    });

    it("nothing changes if another stack cannot be opened", async () => {
        const before = project.snapshot();
        project.unlock = () => Promise.reject(new Error("Stack c1 cannot be opened"));
        await assert.rejects(rotate(project, "root", { without: ["c2"] }), /Stack c1 cannot be opened/);
        assert.equal(project.snapshot(), before);
    });

    it("the history of stack root says who was left behind, however that came about", async () => {
        assert.equal(await leftBehind(project, "root"), undefined);
        const settings = project.settings("root");
        settings.replace(settings.with({ clusters: ["c1"] }));
        assert.match((await leftBehind(project, "root"))!, /^Continues without c2: no longer in clusters/);
    });
});
