import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { exportFiles } from "../../operations/export";
import { Outcomes } from "../../operations/outcomes";
import { Project } from "../../operations/project/project";
import { destroy } from "../../operations/destroy";
import { up } from "../../operations/up";
import { localDir } from "../../local/paths";
import { CaBundle } from "../../pki/caBundle";
import { Certificate } from "../../pki/certificate";
import { checkCa } from "../../pki/rules/checkCa";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { LeakSearch } from "../leaks";
import { opensslKeys, opensslRoot } from "../signing";
import { freshProject, mergeSettings, outputs, pulumi } from "./fixture";

describe("A stack root with a root that existed before it", function () {
    this.timeout("10m");
    let project: Project;

    before(async () => {
        project = await freshProject("existing", {
            root: {
                role: "root",
                clusters: ["under1"],
                rootCertificate: path.join(localDir, "tests", "existing", "root.pem"),
            },
            under1: { role: "cluster", deploy: false },
        });
        for (const { name } of project.stacks()) {
            await project.openOrCreate(name);
        }
        for (const name of ["root", "other"]) {
            await opensslRoot(project.dir, name, { key: opensslKeys.rsa });
        }
    });

    after(() => destroy(project, project.stacks()));

    it("refuses another root's key", async () => {
        await setKey("other-key.pem");
        const { exitCode, output } = await pulumi(project, "root", "preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /a file whose certificate belongs to another key than the one given/);
        assert.doesNotMatch(output, /PRIVATE KEY/);
    });

    it("signs the clusters with it", async () => {
        await setKey("root-key.pem");
        await up(project, project.stacks());
        const files = await exportFiles(project, "under1", path.join(project.dir, "export"));
        const read = Object.fromEntries(
            files.map((file) => [path.basename(file), fs.readFileSync(file, "utf8")]),
        );
        assert.deepEqual(checkCa(read), []);
        assert.ok(
            read["root-cert.pem"]!.includes(fs.readFileSync(path.join(project.dir, "root.pem"), "utf8")),
        );
    });

    it("keeps its key encrypted in the state", async () => {
        const { output } = await pulumi(project, "root", "stack", "export");
        const key = fs.readFileSync(path.join(project.dir, "root-key.pem"), "utf8");
        assert.deepEqual(new LeakSearch({ key }).leaks("state", output), []);
    });

    async function setKey(file: string) {
        await execa("pulumi", ["config", "set", "--secret", "rootKey", "--stack", "root"], {
            cwd: project.dir,
            env: project.variables("root"),
            input: fs.readFileSync(path.join(project.dir, file)),
        });
    }
});

describe("Two stacks that sign in shards under one root", function () {
    this.timeout("10m");
    let project: Project;
    const shards = { east: ["east1", "east2"], west: ["west1"] };

    before(async () => {
        const folder = path.join(localDir, "tests", "shards");
        const root = (clusters: string[]) => ({
            role: "root",
            clusters,
            rootCertificate: path.join(folder, "root.pem"),
            signCommand: `openssl dgst -sha256 -sign ${path.join(folder, "root-key.pem")}`,
        });
        const cluster = (rootStack: string) => ({ role: "cluster", deploy: false, rootStack });
        project = await freshProject("shards", {
            "root-east": root(shards.east),
            "root-west": root(shards.west),
            ...Object.fromEntries(shards.east.map((name) => [name, cluster("root-east")])),
            ...Object.fromEntries(shards.west.map((name) => [name, cluster("root-west")])),
        });
        await opensslRoot(project.dir, "root");
    });

    after(() => destroy(project, project.stacks()));

    it("each sign for their own clusters, in one walk", async () => {
        await up(project, project.stacks());
        for (const [shard, clusters] of Object.entries(shards)) {
            const { certificates } = await outputs<RootOutputs>(project, `root-${shard}`);
            assert.deepEqual(Object.keys(certificates), clusters);
        }
    });

    it("give all clusters one trust: each accepts those of both shards", async () => {
        const names = Object.values(shards).flat();
        const bundles = await project.each(names, async (name) => {
            const { files } = await outputs<ClusterOutputs>(project, name);
            return CaBundle.parse(files!)!;
        });
        for (const one of bundles) {
            for (const other of bundles) {
                assert.equal(one.faultUnder(other.roots), undefined);
            }
        }
        const certificates = bundles.map(({ ca }) => ca.fingerprint);
        assert.equal(new Set(certificates).size, names.length);
    });

    it("are left out alone when the clusters of the other one change", async () => {
        mergeSettings(project, { west1: { generation: 2 } });
        const outcomes = new Outcomes();
        await up(project, project.stacks(), { outcomes });
        assert.deepEqual(outcomes.of("done").sort(), ["root-west", "west1"]);
        assert.deepEqual(outcomes.of("skipped").sort(), ["east1", "east2", "root-east"]);
    });

    it("become one, which exchanges the certificates of the other's clusters in place", async () => {
        const before = await outputs<ClusterOutputs>(project, "west1");
        mergeSettings(project, {
            "root-east": { clusters: [...shards.east, ...shards.west] },
            west1: { rootStack: "root-east" },
        });
        await up(project, project.stacks());
        const after = await outputs<ClusterOutputs>(project, "west1");
        const { certificates } = await outputs<RootOutputs>(project, "root-east");
        assert.deepEqual(Object.keys(certificates), ["east1", "east2", "west1"]);
        assert.deepEqual(after.csr, before.csr);
        assert.deepEqual(after.root, before.root);
        const [signed] = Certificate.all(certificates["west1"]!.pem);
        assert.equal(signed!.fingerprint, after.ca!.fingerprint);
    });

    it("hold the key of the root nowhere in their states", async () => {
        const key = fs.readFileSync(path.join(project.dir, "root-key.pem"), "utf8");
        for (const { name } of project.stacks()) {
            const { output } = await pulumi(project, name, "stack", "export", "--show-secrets");
            const leaks = new LeakSearch({ key }).leaks("state", output);
            // The keys of the clusters' own CAs are there.
            assert.ok(!leaks.some(({ secret }) => secret === "key"), name);
        }
    });
});
