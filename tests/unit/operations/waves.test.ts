import assert from "node:assert/strict";
import { byRole } from "../../../operations/project/project";
import { rotate } from "../../../operations/rotation/rotate";
import { WaveOptions, Waves, WaveWork } from "../../../operations/waves/waves";
import { DetailedError } from "../../../operations/errors";
import { Certificate } from "../../../pki/certificate";
import { newKey, selfSigned } from "../../pki";
import { FakeProject } from "../support/fakeProject";

const names = ["canary", "eu-1", "eu-2", "us-1"];
const yes = () => Promise.resolve(true);
const nothing = () => Promise.resolve();

describe("Waves", () => {
    let project: FakeProject | undefined;

    afterEach(() => {
        project?.remove();
        project = undefined;
    });

    /** A project whose stack root has these settings, and four clusters. */
    function projectWith(root: object, labels: Record<string, string[]> = {}): FakeProject {
        const clusters = names.map((name) => [name, { role: "cluster", labels: labels[name] ?? [] }]);
        const settings = {
            root: { role: "root", clusters: names, ...root },
            ...(Object.fromEntries(clusters) as Record<string, Record<string, unknown>>),
        };
        return (project = new FakeProject(settings, () => ({})));
    }

    function wavesOf(root: object, labels?: Record<string, string[]>): string[][] {
        const made = projectWith(root, labels);
        const { clusters } = byRole(made.stacks());
        return new Waves(made).of(clusters).map((wave) => wave.map(({ name }) => name));
    }

    /** What happens, in its order. */
    async function walk(root: object, options: WaveOptions = {}, work: Partial<WaveWork> = {}) {
        const made = projectWith(root);
        const done: string[] = [];
        const list = (wave: { name: string }[]) => wave.map(({ name }) => name).join(" ");
        const pause =
            options.pause &&
            ((question: string) => {
                done.push(question);
                return options.pause!(question);
            });
        const error = await new Waves(made, { pause })
            .each(byRole(made.stacks()).clusters, {
                needs: yes,
                take: (wave) => Promise.resolve(void done.push(`take ${list(wave)}`)),
                see: (earlier) => Promise.resolve(void done.push(`see ${list(earlier)}`)),
                ...work,
            })
            .then(
                () => undefined,
                (thrown: unknown) => thrown as DetailedError,
            );
        return { done, error };
    }

    it("are all clusters at once without the setting", () => {
        assert.deepEqual(wavesOf({}), [names]);
    });

    it("hold clusters by name and pattern, each in the first that names it, and the others come last", () => {
        assert.deepEqual(wavesOf({ waves: ["canary", "eu-*"] }), [["canary"], ["eu-1", "eu-2"], ["us-1"]]);
        assert.deepEqual(wavesOf({ waves: ["eu-2 canary", "*"] }), [
            ["canary", "eu-2"],
            ["eu-1", "us-1"],
        ]);
        assert.deepEqual(wavesOf({ waves: ["asia-*", "*-1"] }), [
            ["eu-1", "us-1"],
            ["canary", "eu-2"],
        ]);
    });

    it("hold clusters by their labels, together with names and patterns", () => {
        const labels = { canary: ["tier=test"], "eu-2": ["region=eu", "tier=test"], "us-1": ["tier=prod"] };
        assert.deepEqual(wavesOf({ waves: ["tier=test", "us-1 eu-*"] }, labels), [
            ["canary", "eu-2"],
            ["eu-1", "us-1"],
        ]);
        // A label that no cluster has yet is no mistake.
        assert.deepEqual(wavesOf({ waves: ["tier=pro", "tier=prod"] }, labels), [
            ["us-1"],
            ["canary", "eu-1", "eu-2"],
        ]);
        project!.remove();
        const wrong = { "eu-1": ["region"] };
        assert.throws(
            () => wavesOf({ waves: ["region=eu"] }, wrong),
            /labels is "region"\. Allowed: key=value/,
        );
    });

    it("are refused if they name no stack, one twice, or anything but names and patterns", () => {
        assert.throws(() => wavesOf({ waves: ["canry"] }), /waves is "canry". Allowed: stacks: canary, eu-1/);
        project!.remove();
        assert.throws(() => wavesOf({ waves: ["eu-1", "eu-1"] }), /waves is "eu-1". Allowed: each name once/);
        project!.remove();
        assert.throws(() => wavesOf({ waves: ["eu.1"] }), /waves is "eu\.1"/);
        project!.remove();
        assert.throws(() => wavesOf({ waves: [""] }), /waves is ""/);
    });

    it("are taken one by one, each after a look at all earlier ones and the agreement of the user", async () => {
        const { done, error } = await walk({ waves: ["canary", "eu-*"] }, { pause: yes });
        assert.equal(error, undefined);
        assert.deepEqual(done, [
            "take canary",
            "see canary",
            "Wave 2 of 3: eu-1, eu-2 is next. Continue?",
            "take eu-1 eu-2",
            "see canary eu-1 eu-2",
            "Wave 3 of 3: us-1 is next. Continue?",
            "take us-1",
        ]);
    });

    it("with nothing to do need no agreement", async () => {
        const needs: WaveWork["needs"] = ([first]) => Promise.resolve(first!.name === "us-1");
        const { done } = await walk({ waves: ["canary", "eu-*"] }, { pause: yes }, { needs });
        assert.deepEqual(done, [
            "take canary",
            "take eu-1 eu-2",
            "see canary eu-1 eu-2",
            "Wave 3 of 3: us-1 is next. Continue?",
            "take us-1",
        ]);
    });

    it("stop before one that the user does not agree to, and say how to continue", async () => {
        const { done, error } = await walk(
            { waves: ["canary"] },
            { pause: () => Promise.resolve(false) },
            { see: nothing },
        );
        assert.deepEqual(done, ["take canary", "Wave 2 of 2: eu-1, eu-2, us-1 is next. Continue?"]);
        assert.match(error!.details, /has not begun: it was not agreed to\..*run this again: it does what/s);
    });

    it("stop after one that fails", async () => {
        const take = () => Promise.reject(new Error("broken"));
        const { done, error } = await walk({ waves: ["canary"] }, {}, { take });
        assert.equal(error!.message, "broken");
        assert.deepEqual(done, []);
    });

    it("stop if waveCheck does not agree, which knows the previous wave, no passphrase, and whose output is shown", async () => {
        const check =
            'echo "after $WAVE: $CLUSTERS ${PULUMI_CONFIG_PASSPHRASE-none}"; test "$CLUSTERS" = canary';
        process.env["PULUMI_CONFIG_PASSPHRASE"] = "secret";
        try {
            const { done, error } = await walk({ waves: ["canary", "eu-*"], waveCheck: check });
            assert.deepEqual(done.at(-1), "see canary eu-1 eu-2");
            assert.match(
                error!.details,
                /^Wave 3 of 3: us-1 has not begun: waveCheck ended with exit status 1/,
            );
            assert.match(error!.details, /after 2: eu-1 eu-2 none\n/);
        } finally {
            delete process.env["PULUMI_CONFIG_PASSPHRASE"];
        }
    });

    it("refuse a waveCheck without waves, and one with a password or token in its text", async () => {
        await assert.rejects(
            walk({ waveCheck: "true" }),
            /waveCheck is "true". Allowed: nothing without waves/,
        );
        const commands = [
            "curl -H 'Authorization: Bearer abc' https://prometheus",
            "curl -u admin:abc https://prometheus",
            "curl https://admin:abc@prometheus",
            "check --token=abc",
            "check --password abc",
        ];
        for (const waveCheck of commands) {
            project!.remove();
            await assert.rejects(walk({ waves: ["canary"], waveCheck }), (error: Error) => {
                assert.match(error.message, /waveCheck is "a command with /);
                assert.doesNotMatch(error.message, /abc/);
                return true;
            });
        }
        project!.remove();
        const allowed =
            'test -n "curl -H @/run/header https://prometheus:9090 --token $TOKEN -u $USER:$PASSWORD"';
        const { error } = await walk({ waves: ["canary"], waveCheck: allowed });
        assert.equal(error, undefined);
    });

    it("are required by --pause", async () => {
        await assert.rejects(walk({}, { pause: yes }), /--pause asks between waves, and stack root has none/);
    });

    it("take each step of a rotation through all clusters before the next step, root with the first wave", async () => {
        const pems = Object.fromEntries(
            await Promise.all(
                ["root", "root-2"].map(async (name) => [
                    name,
                    await selfSigned(await newKey(), { subject: `O=${name}` }),
                ]),
            ),
        ) as Record<string, string>;
        const facts = (name: string) => Certificate.all(pems[name]!)[0]!.facts;
        const made = projectWith({ waves: ["canary"] });
        const outputsOfRoot = (roots: string[], signer: string) => ({
            roots: Object.fromEntries(roots.map((name) => [name, facts(name)])),
            root: facts(signer),
            trustBundle: roots.map((name) => pems[name]).join(""),
        });
        made.outputs["root"] = outputsOfRoot(["root"], "root");
        const gates: string[] = [];
        const questions: string[] = [];
        const agreed = await rotate(made, "root", {
            pause: (question) => Promise.resolve(questions.push(question) > 0),
            bringUp: (_, { title, stacks, limits }) => {
                gates.push(
                    `${title}: ${stacks.map(({ name }) => name).join(" ")}; ${[...limits.keys()].join(" ")}`,
                );
                const get = (key: string) => made.settings("root").get(key);
                const roots = (get("roots") as string[] | undefined) ?? ["root"];
                made.outputs["root"] = outputsOfRoot(roots, (get("signingRoot") as string) ?? "root");
                return Promise.resolve();
            },
        });
        assert.ok(agreed);
        const rest = "eu-1 eu-2 us-1";
        const steps = ["Trust root-2 along with root", "Sign with root-2", "Trust root-2 alone"];
        assert.deepEqual(gates, [
            `Verify the mesh: ; canary ${rest}`,
            ...steps.flatMap((step) => [
                `${step}. Wave 1 of 2: canary: root canary; canary`,
                `${step}. Wave 2 of 2: eu-1, eu-2, us-1: ${rest}; ${rest}`,
            ]),
        ]);
        assert.equal(questions.length, 3);
    });
});
