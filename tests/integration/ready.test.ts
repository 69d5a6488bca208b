import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { Project } from "../../cli/project";
import * as clusters from "../../local/clusters";
import { onLocalCluster } from "../../local/project";
import { CaFiles } from "../../pki/caFiles";
import { caBundles, otherTrustDomain } from "../caBundles";
import type { ClusterOutputs } from "../../stacks/outputs";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";

const stack = "brought";

describe("A cluster under a CA that was brought ready", function () {
    this.timeout("15m");
    let project: Project;
    let good: CaFiles;

    before(async () => {
        await freshClusters([stack]);
        project = await freshProject("ready", settings("good"));
        await project.openOrCreate(stack);
        const bundles = await caBundles();
        good = bundles["name constraints permit another trust domain"]!.files;
        write("good", good);
        write("tls", bundles["good, as kubernetes.io/tls"]!.files);
        write("keyless", { ...good, "ca-key.pem": undefined });
        write("serverOnly", bundles["without clientAuth"]!.files);
    });

    after(() => clusters.down([stack]));

    it("is refused where its workloads would refuse each other, before anything is made", async () => {
        await changeSettings(project, settings("serverOnly"));
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /cannot be plugged in\. Nothing was changed\./);
        assert.match(output, /error workloads-refused, ca-cert\.pem: .* lacks clientAuth/);
        assert.doesNotMatch(output, /PRIVATE KEY|\.ts:\d/);
        assert.doesNotMatch(await kubectl(stack, "get", "namespaces", "-o", "name"), /istio-system/);
    });

    it("comes up from a folder without the key, constrained to its trust domain", async () => {
        await changeSettings(project, settings("keyless"));
        await execa("pulumi", ["config", "set", "--secret", "caKey", "--stack", stack], {
            cwd: project.dir,
            env: project.variables(stack),
            input: good["ca-key.pem"],
        });
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        assert.doesNotMatch(output, /PRIVATE KEY/);
        const { verification } = await outputs<ClusterOutputs>(project, stack);
        assert.equal((verification as { verdict: string }).verdict, "passed");
        const state = await pulumi(project, stack, "stack", "export");
        const keyLines = good["ca-key.pem"]!.split("\n").filter((line) => line.length > 40);
        assert.ok(keyLines.every((line) => !state.output.includes(line)));
        const same = await pulumi(project, stack, "preview", "--expect-no-changes");
        assert.equal(same.exitCode, 0, same.output);
    });

    it("is not replaced by one below another root", async () => {
        await changeSettings(project, settings("tls"));
        write("foreign", (await caBundles())["good"]!.files);
        await changeSettings(project, settings("foreign"));
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /The root in .*foreign is .* and lacks the root .* that the workloads of brought trust/,
        );
    });

    it("is the same in the form of a kubernetes.io/tls Secret", async () => {
        await changeSettings(project, settings("tls"));
        const preview = await pulumi(project, stack, "preview", "--diff");
        assert.equal(preview.exitCode, 0, preview.output);
        assert.doesNotMatch(preview.output, /replace|delete/);
    });

    function settings(source: string) {
        return {
            [stack]: onLocalCluster(stack, {
                role: "ready",
                trustDomain: otherTrustDomain,
                caSource: project ? path.join(project.dir, source) : source,
            }),
        };
    }

    function write(name: string, files: CaFiles) {
        const folder = path.join(project.dir, name);
        fs.mkdirSync(folder, { mode: 0o700 });
        for (const [file, text] of Object.entries(files)) {
            if (text !== undefined) {
                fs.writeFileSync(path.join(folder, file), text, { mode: 0o600 });
            }
        }
    }
});
