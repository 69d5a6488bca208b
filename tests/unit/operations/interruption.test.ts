import assert from "node:assert/strict";
import { migrate } from "../../../operations/migration/migrate";
import { rotate } from "../../../operations/rotation/rotate";
import { Certificate } from "../../../pki/certificate";
import { newKey, selfSigned } from "../../pki";
import { FakeProject, Killed } from "../support/fakeProject";

const clusters = ["one", "two"];
const yes = () => Promise.resolve(true);
const no = () => Promise.resolve(false);

type Ask = (question: string) => Promise<boolean>;

/** A walk of steps, and what must hold for it. */
interface Walk {
    make: () => FakeProject;
    run: (project: FakeProject, ask: Ask, back?: boolean) => Promise<boolean>;
    /** Throws unless it is over. */
    over: (project: FakeProject) => void;
    /** The names of the CAs that a stack trusts. */
    trusted: (project: FakeProject, stack: string) => string[];
}

describe("A walk of steps that is stopped at any point", () => {
    let pems: Record<string, string>;

    before(async () => {
        const names = ["root", "root-2", "previous", "own"];
        const made = names.map(async (name) => [
            name,
            await selfSigned(await newKey(), { subject: `O=${name}` }),
        ]);
        pems = Object.fromEntries(await Promise.all(made)) as Record<string, string>;
    });

    const factsOf = (name: string) => Certificate.all(pems[name]!)[0]!.facts;
    const nameOf = (print: string) => Object.keys(pems).find((name) => factsOf(name).fingerprint === print)!;
    const filesOf = (signer: string, roots: string[]) => ({
        "ca-cert.pem": pems[signer]!,
        "cert-chain.pem": pems[signer]!,
        "root-cert.pem": roots.map((name) => pems[name]!).join(""),
    });
    const namesIn = (files: unknown) =>
        Certificate.all((files as Record<string, string>)["root-cert.pem"]!).map(({ fingerprint }) =>
            nameOf(fingerprint),
        );

    const rotation: Walk = {
        make: () => {
            const settings = { root: { role: "root", clusters }, ...of({ role: "cluster" }) };
            const project = new FakeProject(settings, (project, stack) => {
                if (stack !== "root") {
                    const { names, signer } = project.outputs["root"] as { names: string[]; signer: string };
                    return { files: filesOf(signer, names) };
                }
                const names = (project.settings("root").get("roots") as string[] | undefined) ?? ["root"];
                const signer =
                    (project.settings("root").get("signingRoot") as string | undefined) ?? names[0]!;
                const roots = Object.fromEntries(names.map((name) => [name, factsOf(name)]));
                return { names, signer, roots, root: factsOf(signer), ...bundle(names) };
            });
            void project.bringUp(project, { title: "first", stacks: project.stacks(), limits: new Map() });
            return project;
        },
        run: (project, ask, back) => rotate(project, "root", { ask, back, bringUp: project.bringUp }),
        over: (project) => {
            assert.deepEqual(project.settings("root").get("roots"), ["root-2"]);
            assert.equal(project.settings("root").get("signingRoot"), "root-2");
            clusters.forEach((name) => assert.deepEqual(rotation.trusted(project, name), ["root-2"]));
        },
        trusted: (project, stack) =>
            stack === "root"
                ? (project.outputs["root"]!["names"] as string[])
                : namesIn(JSON.parse(project.plugged[stack]!)),
    };
    const bundle = (names: string[]) => ({ trustBundle: names.map((name) => pems[name]!).join("") });

    const migration: Walk = {
        make: () => {
            const cluster = { role: "cluster", istio: "adopt", previousCa: "istio-system/istio-ca-secret" };
            const settings = { root: { role: "root", clusters }, ...of(cluster) };
            const project = new FakeProject(settings, (project, stack) => {
                if (stack === "root") {
                    return project.outputs["root"]!;
                }
                const get = (key: string) => project.settings(stack).get(key) as string | undefined;
                const stage = get("previousCa") ? (get("migration") ?? "trust-both") : "trust-own";
                const roots = [
                    ...(stage === "trust-own" ? [] : ["previous"]),
                    ...(stage === "trust-previous" ? [] : ["own"]),
                ];
                const signer = stage.endsWith("own") ? "own" : "previous";
                const files = filesOf(signer, roots);
                const facts = roots.includes("previous") ? { previousCa: factsOf("previous") } : {};
                return { csr: { generation: 1, pem: "" }, files, ...facts };
            });
            const signed = clusters.map((name) => [name, { generation: 1, pem: "" }]);
            project.outputs["root"] = { certificates: Object.fromEntries(signed) as object };
            clusters.forEach((name) => {
                project.outputs[name] = { csr: { generation: 1, pem: "" } };
                project.plugged[name] = JSON.stringify(filesOf("previous", ["previous"]));
            });
            return project;
        },
        run: (project, ask, back) => migrate(project, clusters, { ask, back, bringUp: project.bringUp }),
        over: (project) => {
            for (const name of clusters) {
                for (const key of ["previousCa", "migration"]) {
                    assert.equal(project.settings(name).get(key), undefined);
                }
                assert.deepEqual(migration.trusted(project, name), ["own"]);
            }
        },
        trusted: (project, stack) => (stack === "root" ? [] : namesIn(JSON.parse(project.plugged[stack]!))),
    };

    for (const [name, walk] of Object.entries({ rotate: rotation, migrate: migration })) {
        it(`${name}: changes nothing if the first question is not answered with yes`, async () => {
            await using(walk, async (project) => {
                const before = project.snapshot();
                assert.equal(await walk.run(project, no), false);
                assert.equal(project.snapshot(), before);
            });
        });

        it(`${name}: resumes when killed before any of its effects, and asks again before a CA is no longer trusted`, async () => {
            const all = await effects(walk);
            assert.ok(all.length >= 9, all.join());
            for (const [index, effect] of all.entries()) {
                await using(walk, async (project) => {
                    await killedAt(walk, project, index);
                    project.left = Infinity;
                    const trusted = trust(walk, project);
                    const settings = texts(project);
                    const agreed = await walk.run(project, no);
                    const kept = trust(walk, project);
                    for (const [stack, names] of Object.entries(trusted)) {
                        // What root has done is carried to the clusters, and nothing else without a yes.
                        const expected = name === "rotate" && stack !== "root" ? kept["root"]! : names;
                        assert.ok(
                            [names.join(), expected.join()].includes(kept[stack]!.join()),
                            `${effect}: ${stack} trusts ${kept[stack]!.join()}`,
                        );
                    }
                    assert.deepEqual(kept["root"], trusted["root"], effect);
                    if (!agreed) {
                        assert.deepEqual(texts(project), settings, effect);
                    }
                    assert.ok(agreed || (await walk.run(project, yes)), effect);
                    walk.over(project);
                });
            }
        });

        it(`${name}: goes back when killed before any of its effects, until the old CA is no longer trusted`, async () => {
            const all = await effects(walk);
            for (const index of all.keys()) {
                await using(walk, async (project) => {
                    await killedAt(walk, project, index);
                    project.left = Infinity;
                    const old = name === "rotate" ? "root" : "previous";
                    const gone = ["root", ...clusters].some(
                        (stack) =>
                            trust(walk, project)[stack]!.length === 1 &&
                            !trust(walk, project)[stack]!.includes(old),
                    );
                    if (!gone) {
                        await walk.run(project, yes, true).catch((error: Error) => {
                            assert.match(error.message, /^No rotation is under way/);
                        });
                        for (const stack of clusters) {
                            assert.deepEqual(walk.trusted(project, stack), [old], all[index]);
                        }
                        for (const stack of name === "migrate" ? clusters : []) {
                            // Without the setting it would be looked for in a cluster.
                            const settings = project.settings(stack);
                            settings.replace(settings.with({ previousCa: "istio-system/istio-ca-secret" }));
                        }
                        assert.equal(await walk.run(project, yes), true);
                        walk.over(project);
                    }
                });
            }
        });
    }

    it("rotate: keeps the name in a step that was written but not taken", async () => {
        await using(rotation, async (project) => {
            const settings = project.settings("root");
            settings.replace(settings.with({ roots: ["root", "vault"], signingRoot: "root" }));
            const asked: string[] = [];
            await rotation.run(project, (question) => Promise.resolve(asked.push(question) === 0));
            assert.match(asked[0]!, /Step 1 of 3: Trust vault along with root\. Continue\?$/);
        });
    });

    it("does not overwrite what somebody changed while it asked", async () => {
        await using(rotation, async (project) => {
            const changed = () => {
                const settings = project.settings("root");
                settings.replace(settings.with({ crls: true }));
                return yes();
            };
            await assert.rejects(rotation.run(project, changed), /changed by somebody else in the meantime/);
            assert.equal(project.settings("root").get("crls"), true);
            assert.equal(project.settings("root").get("roots"), undefined);
        });
    });

    function of(settings: object) {
        return Object.fromEntries(clusters.map((name) => [name, { ...settings }]));
    }

    async function using(walk: Walk, use: (project: FakeProject) => Promise<void>): Promise<void> {
        const project = walk.make();
        project.done = [];
        try {
            await use(project);
        } finally {
            project.remove();
        }
    }

    async function effects(walk: Walk): Promise<string[]> {
        let done: string[] = [];
        await using(walk, async (project) => {
            assert.equal(await walk.run(project, yes), true);
            walk.over(project);
            done = project.done;
        });
        return done;
    }

    async function killedAt(walk: Walk, project: FakeProject, index: number): Promise<void> {
        project.left = index;
        await assert.rejects(async () => walk.run(project, yes), Killed);
    }

    function trust(walk: Walk, project: FakeProject): Record<string, string[]> {
        return Object.fromEntries(
            ["root", ...clusters].map((stack) => [stack, walk.trusted(project, stack)]),
        );
    }

    function texts(project: FakeProject): string[] {
        return ["root", ...clusters].map((stack) => project.text(stack));
    }
});
