import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { Project } from "../../operations/project/project";
import { reviewStacks } from "../../cli/review";
import { up } from "../../operations/up";
import * as clusters from "../../local/clusters";
import { LocalProject, onLocalCluster } from "../../local/project";
import { localDir, projectDir } from "../../local/paths";
import { issuerOf } from "../../pki/issuer";
import type { Review } from "../../review/review";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { normalised } from "../reviewText";
import { look } from "./browser";
import { opensslRoot } from "../signing";
import { record } from "./engineEvents";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi, pulumiWith } from "./fixture";

/** `UPDATE_EXPECTATIONS=1 mocha tests/integration/review.test.ts` writes tests/fixtures/review again. */
const recordings = ["withheld", "revoking", "restoring", "unprotecting"];
const statuses = { nothing: 0, blocked: 1, changes: 2 };

describe("A review", function () {
    this.timeout("15m");

    describe("of a root and its clusters", () => {
        const root = { role: "root", clusters: ["c1"] };
        const c1 = { role: "cluster", deploy: false };
        const rotated = { roots: ["root-2"], signingRoot: "root-2" };
        let project: Project;

        before(async () => {
            project = await freshProject("review", { root, c1 });
            for (const { name } of project.stacks()) {
                await project.openOrCreate(name);
            }
        });

        it("reports a new root and a new cluster", () => expectReview(project, "new", "changes"));

        it("reports that nothing changes", async () => {
            await up(project, project.stacks());
            await expectReview(project, "nothing", "nothing");
        });

        it("reports that nothing changes, refreshed, as plain Pulumi does", async () => {
            // Reading outputs, of the stack itself and of others, must leave nothing behind that a refresh reports as changed.
            await expectReview(project, "nothing", "nothing", { refresh: true });
            for (const { name } of project.stacks()) {
                const args = ["--yes", "--skip-preview", "--expect-no-changes"];
                const { exitCode, output } = await pulumi(project, name, "refresh", ...args);
                assert.equal(exitCode, 0, output);
            }
        });

        it("comes from Pulumi's own plugins, whatever is on PATH", async () => {
            const folder = path.join(project.dir, "on-path");
            fs.mkdirSync(folder);
            for (const name of ["pulumi-language-nodejs", "pulumi-resource-tls"]) {
                fs.writeFileSync(path.join(folder, name), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
            }
            const env = project.variables("c1");
            const PATH = [folder, env["PATH"]].join(path.delimiter);
            const preview = await pulumiWith(
                { ...env, PATH },
                project,
                "c1",
                "preview",
                "--expect-no-changes",
            );
            assert.equal(preview.exitCode, 0, preview.output);
            assert.doesNotMatch(preview.output, /from \$PATH/);
        });

        it("reports a stack that is missing", async () => {
            await changeSettings(project, { root, c1: { ...c1, rootStack: "absent" } });
            const { exitCode, output } = await pulumi(project, "c1", "preview");
            assert.notEqual(exitCode, 0);
            const told =
                "stack-missing: Stack organization/istio-plugin-ca/absent, which a setting names, is missing.";
            assert.ok(output.includes(told), output);
            assert.doesNotMatch(output, /\.ts:\d+/);
            await changeSettings(project, { root, c1 });
        });

        it("reports a cluster that joins", async () => {
            await changeSettings(project, { root: { ...root, clusters: ["c1", "c2"] }, c2: c1 });
            await project.openOrCreate("c2");
            await expectReview(project, "joining", "changes");
            fs.rmSync(settingsOf("c2"));
        });

        it("reports a renewal", async () => {
            await set({ intermediateValidityDays: 200 });
            await expectReview(project, "renewal", "changes");
        });

        it("reports another renewal window", async () => {
            await set({ renewalWindowDays: 50 });
            await expectReview(project, "window", "changes");
        });

        it("reports every step of a root's replacement", async () => {
            const steps = {
                trusting: { roots: ["root", "root-2"] },
                turning: { roots: ["root", "root-2"], signingRoot: "root-2" },
                forgetting: rotated,
            };
            for (const [name, step] of Object.entries(steps)) {
                await set(step);
                await expectReview(project, name, "changes");
                await execute(project, "root");
                await expectReview(project, `${name}-cluster`, "changes");
                await execute(project, "c1");
            }
        });

        it("blocks a step that is left out", async () => {
            await set({ roots: ["root-3"] });
            await expectReview(project, "jump", "blocked");
        });

        it("reports another profile, which applies to the next key and the next root", async () => {
            const changed = { profile: "makefile", keyAlgorithm: "RSA-2048" };
            const [root, c1] = [await outputs<RootOutputs>(project, "root"), await asked()];
            await set({ ...rotated, ...changed }, changed);
            await expectReview(project, "profile", "changes");
            await execute(project, "root");
            await execute(project, "c1");
            assert.deepEqual((await outputs<RootOutputs>(project, "root")).roots, root.roots);
            assert.deepEqual(await asked(), c1);
            await set({ ...rotated, ...changed }, { ...changed, generation: 2 });
            await execute(project, "c1");
            const { generation, key } = await asked();
            assert.equal(generation, 2);
            assert.deepEqual([c1.key.asymmetricKeyType, key.asymmetricKeyType], ["ec", "rsa"]);
        });

        it("reports a cluster that leaves, and that its stack does not leave by itself", async () => {
            await set({ ...rotated, clusters: [] });
            fs.rmSync(settingsOf("c1"));
            await expectReview(project, "leaving", "changes");
        });

        it("blocks wrong settings, and stacks that do not exist", async () => {
            await changeSettings(project, { root: { ...root, renewalWindowDays: 4000 }, absent: c1 });
            await expectReview(project, "wrong", "blocked");
        });

        it("can be JSON", async () => {
            const out = path.join(project.dir, "review.json");
            assert.equal(await reviewStacks(project, ["absent"], { out, json: true }), 1);
            const { verdict, stacks } = JSON.parse(fs.readFileSync(out, "utf8")) as Review;
            assert.equal(verdict, "blocked");
            assert.deepEqual(
                stacks.map(({ stack }) => stack),
                ["absent"],
            );
        });

        it("shows no private key", async () => {
            const { output } = await pulumi(project, "root", "stack", "export", "--show-secrets");
            const keys = [...output.matchAll(/\\n([A-Za-z0-9+/]{64})\\\\n/g)].map(([, line]) => line!);
            assert.ok(keys.length > 0);
            const told = [...shown.values()].join("\n");
            assert.deepEqual(
                keys.filter((line) => told.includes(line)),
                [],
            );
            assert.doesNotMatch(told, /PRIVATE KEY/);
        });

        function set(rootSettings: object, clusterSettings: object = {}) {
            return changeSettings(project, {
                root: { ...root, ...rootSettings },
                c1: { ...c1, ...clusterSettings },
            });
        }

        /** What c1 asks to have signed. */
        async function asked() {
            const { csr } = await outputs<ClusterOutputs>(project, "c1");
            return { ...csr!, key: issuerOf(csr!.pem).publicKey };
        }

        function settingsOf(stack: string): string {
            return path.join(project.dir, "stacks", `Pulumi.${stack}.yaml`);
        }
    });

    describe("of a root that revokes", () => {
        const root = { role: "root", clusters: ["c1"], protectRoot: true };
        const c1 = { role: "cluster", deploy: false };
        let project: Project;

        before(async () => {
            project = await freshProject("reviewRevoking", { root, c1 });
            for (const { name } of project.stacks()) {
                await project.openOrCreate(name);
            }
            await up(project, project.stacks());
        });

        it("reports CRLs that are switched on", async () => {
            await set({ crls: true });
            await expectReview(project, "crls", "changes");
            await execute(project, "root");
            await expectReview(project, "crls-cluster", "changes");
            await execute(project, "c1");
        });

        it("reports a new key that is withheld until its CRL is everywhere", async () => {
            await set({ crls: true }, { generation: 2 });
            await execute(project, "c1");
            await expectReview(project, "withheld", "changes");
            for (const stack of ["root", "c1", "root", "c1"]) {
                await execute(project, stack);
            }
        });

        it("reports a key that is about to be revoked", async () => {
            await set({ crls: true, revoked: ["c1/1"] }, { generation: 2 });
            await expectReview(project, "revoking", "changes");
            await execute(project, "root");
            await expectReview(project, "revoking-cluster", "changes");
            await execute(project, "c1");
            await expectReview(project, "revoked", "nothing");
        });

        it("reports one that is no longer revoked", async () => {
            await set({ crls: true }, { generation: 2 });
            await expectReview(project, "restoring", "changes");
        });

        it("reports a root's key that is no longer protected", async () => {
            await set({ crls: true, revoked: ["c1/1"], protectRoot: false }, { generation: 2 });
            await expectReview(project, "unprotecting", "changes");
        });

        function set(rootSettings: object, clusterSettings: object = {}) {
            return changeSettings(project, {
                root: { ...root, ...rootSettings },
                c1: { ...c1, ...clusterSettings },
            });
        }
    });

    describe("of a root that signs with a command", () => {
        let project: Project;

        before(async () => {
            project = await freshProject("reviewCommand", settings());
            for (const { name } of project.stacks()) {
                await project.openOrCreate(name);
            }
            for (const name of ["root", "other"]) {
                await opensslRoot(project.dir, name);
            }
        });

        it("reports that it signs", async () => {
            await execute(project, "c1");
            await expectReview(project, "command", "changes");
            await execute(project, "root");
            await execute(project, "c1");
        });

        it("reports that it signs again", async () => {
            await changeSettings(project, settings("root", { intermediateValidityDays: 200 }));
            await expectReview(project, "command-renewal", "changes");
        });

        it("blocks another root that would replace it and that the workloads do not trust", async () => {
            await changeSettings(project, settings("other"));
            await expectReview(project, "command-root", "blocked");
            const { exitCode, output } = await pulumi(project, "root", "up", "--yes", "--skip-preview");
            assert.notEqual(exitCode, 0);
            assert.match(output, /Root root cannot sign yet: the workloads of c1 do not trust it/);
        });

        it("is readable in a browser: a table, and the long parts folded", async () => {
            const seen = await look(shown.get("command-renewal")!);
            assert.deepEqual(seen.headings, ["Trust review: changes", "Certificates", "What follows"]);
            const [table] = seen.tables;
            assert.deepEqual(table![0], ["CA", "Stack", "Certificate", "Valid", "Next renewal", "How"]);
            assert.deepEqual(
                table!.slice(1).map(([ca, stack]) => [ca, stack]),
                [["intermediate of c1", "root"]],
            );
            assert.deepEqual(seen.folded, [
                { title: "Fingerprints in full", open: false, shown: false },
                { title: "Resources", open: false, shown: false },
            ]);
            assert.equal(seen.overflows, false);
        });

        function settings(name = "root", rootSettings: object = {}): LocalProject["stacks"] {
            const file = (end: string) => path.join(localDir, "tests", "reviewCommand", name + end);
            const given = {
                rootCertificate: file(".pem"),
                signCommand: `openssl dgst -sha256 -sign ${file("-key.pem")}`,
            };
            return {
                root: { role: "root", clusters: ["c1"], ...given, ...rootSettings },
                c1: { role: "cluster", deploy: false },
            };
        }
    });

    describe("of a mesh", () => {
        const name = "rv1";
        const twoRoots = { intermediateValidityDays: 200, roots: ["root", "root-2"] };
        let project: Project;

        before(async () => {
            await freshClusters([name]);
            project = await freshProject("reviewMesh", settings());
            for (const { name } of project.stacks()) {
                await project.openOrCreate(name);
            }
        });

        after(() => clusters.down([name]));

        it("reports what the first certificate brings", async () => {
            await execute(project, name);
            await expectReview(project, "mesh-signing", "changes");
            await execute(project, "root");
            await expectReview(project, "mesh-new", "changes");
        });

        it("reports that nothing changes, refreshed", async () => {
            await execute(project, name);
            await expectReview(project, "mesh-nothing", "nothing", { refresh: true });
        });

        it("reports a Secret that somebody deleted, if it is refreshed", async () => {
            await kubectl(name, "delete", "secret", "cacerts", "--namespace", "istio-system");
            await expectReview(project, "mesh-drift", "changes", { refresh: true });
            await execute(project, name, "--refresh");
        });

        it("reports a renewal, and that no workload is disturbed", async () => {
            await changeSettings(project, settings({ intermediateValidityDays: 200 }));
            await expectReview(project, "mesh-renewal", "changes");
            await execute(project, "root");
            await expectReview(project, "mesh-renewed", "changes");
            await execute(project, name);
        });

        it("reports a second root, and that no certificate's issuer changes", async () => {
            await changeSettings(project, settings(twoRoots));
            await execute(project, "root");
            await expectReview(project, "mesh-trusting", "changes");
        });

        it("blocks a setting that would remove a mesh", async () => {
            await changeSettings(project, settings({ intermediateValidityDays: 200 }, { deploy: false }));
            await execute(project, "root");
            await expectReview(project, "mesh-removed", "blocked");
        });

        /** The smallest mesh that a CA can be plugged into. */
        function settings(rootSettings: object = {}, meshSettings: object = {}): LocalProject["stacks"] {
            const mesh = { istioProfile: "minimal", workloads: false, verification: false };
            return {
                root: { role: "root", clusters: [name], ...rootSettings },
                [name]: onLocalCluster(name, { role: "cluster", ...mesh, ...meshSettings }),
            };
        }
    });

    async function execute(project: Project, stack: string, ...options: string[]) {
        const args = ["up", "--yes", "--skip-preview", ...options];
        const { exitCode, output } = await pulumi(project, stack, ...args);
        assert.equal(exitCode, 0, output);
    }

    /** What was reported, by the name of the expectation. */
    const shown = new Map<string, string>();

    async function expectReview(
        project: Project,
        name: string,
        verdict: keyof typeof statuses,
        options: { refresh?: boolean } = {},
    ): Promise<void> {
        const out = path.join(project.dir, "review.md");
        const status = await reviewStacks(project, [], { ...options, out });
        const told = fs.readFileSync(out, "utf8");
        shown.set(name, told);
        assert.equal(status, statuses[verdict], told);
        const expectation = path.join(projectDir, "tests", "fixtures", "review", `${name}.md`);
        if (process.env["UPDATE_EXPECTATIONS"] === "1") {
            fs.mkdirSync(path.dirname(expectation), { recursive: true });
            fs.writeFileSync(expectation, normalised(told));
            if (recordings.includes(name)) {
                fs.writeFileSync(expectation.replace(/md$/, "json"), await record(project));
            }
        }
        assert.equal(normalised(told), fs.readFileSync(expectation, "utf8"));
    }
});
