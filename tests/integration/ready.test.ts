import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { Project } from "../../operations/project/project";
import * as clusters from "../../local/clusters";
import { kubeconfigPath } from "../../local/paths";
import { onLocalCluster } from "../../local/project";
import { CaFiles } from "../../pki/caFiles";
import { caBundles, otherTrustDomain, writeCaFiles } from "../caBundles";
import type { ClusterOutputs } from "../../stacks/outputs";
import { check } from "../check";
import { LeakSearch } from "../leaks";
import { changeSettings, freshClusters, freshProject, kubectl, outputs, pulumi } from "./fixture";
import { Certificate } from "../../pki/certificate";

const stack = "brought";

describe("A cluster under a CA that somebody else made", function () {
    this.timeout("15m");
    let project: Project;
    let good: CaFiles;
    /** Under the same root, in the other form. */
    let other: CaFiles;

    before(async () => {
        await freshClusters([stack]);
        project = await freshProject("ready", { [stack]: {} });
        await project.openOrCreate(stack);
        const bundles = await caBundles();
        good = bundles["name constraints permit another trust domain"]!.files;
        write("good", good);
        other = bundles["good, as kubernetes.io/tls"]!.files;
        write("tls", other);
        write("keyless", { ...good, "ca-key.pem": undefined });
        write("serverOnly", bundles["without clientAuth"]!.files);
    });

    after(() => clusters.down([stack]));

    it("is refused if its workloads would refuse each other, before anything is created", async () => {
        await changeSettings(project, settings("serverOnly"));
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /Nothing was changed\.[^]*ca-breaks-rules: .* cannot be plugged in:/);
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
        const search = new LeakSearch({ key: good["ca-key.pem"]! });
        assert.deepEqual(search.leaks("state", state.output), []);
        const same = await pulumi(project, stack, "preview", "--expect-no-changes");
        assert.equal(same.exitCode, 0, same.output);
    });

    it("is not replaced by one under another root", async () => {
        await changeSettings(project, settings("tls"));
        write("foreign", (await caBundles())["good"]!.files);
        await changeSettings(project, settings("foreign"));
        const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /The trust bundle of .*foreign is .* and lacks the root .* of the CA that is plugged in\. Workloads of brought would reject each other/,
        );
    });

    it("is the same in the form of a kubernetes.io/tls Secret", async () => {
        await changeSettings(project, settings("tls"));
        const preview = await pulumi(project, stack, "preview", "--diff");
        assert.equal(preview.exitCode, 0, preview.output);
        assert.doesNotMatch(preview.output, /: \((replace|delete)/);
    });

    it("follows a Secret that somebody else maintains", async () => {
        await changeSettings(project, settings(undefined, "authority/mesh"));
        const missing = await pulumi(project, stack, "preview");
        assert.notEqual(missing.exitCode, 0);
        assert.match(
            missing.output,
            /Secret authority\/mesh of context brought, which the setting caSecret names, cannot be read: it does not exist\./,
        );
        await kubectl(stack, "create", "namespace", "authority");
        await maintain({
            "tls.crt": good["ca-cert.pem"],
            "tls.key": good["ca-key.pem"],
            "ca.crt": good["root-cert.pem"],
        });
        const same = await pulumi(project, stack, "preview", "--diff");
        assert.equal(same.exitCode, 0, same.output);
        assert.doesNotMatch(same.output, /: \((replace|delete)|PRIVATE KEY/);
        await maintain(other);
        const followed = await pulumi(project, stack, "up", "--yes", "--skip-preview");
        assert.equal(followed.exitCode, 0, followed.output);
        const { ca, verification } = await outputs<ClusterOutputs>(project, stack);
        assert.equal(ca?.serial, Certificate.all(other["tls.crt"]!)[0]!.serial);
        assert.equal((verification as { verdict: string }).verdict, "passed");
    });

    it("passes check, which asks the cluster", async () => {
        const args = ["--context", stack, "--kubeconfig", kubeconfigPath, "--trust-domain", otherTrustDomain];
        assert.deepEqual(await check(...args), { exitCode: 0, output: "No findings." });
    });

    /** As cert-manager writes it. */
    async function maintain(files: CaFiles) {
        const manifest = path.join(project.dir, "secret.json");
        const metadata = { name: "mesh", namespace: "authority" };
        const secret = {
            apiVersion: "v1",
            kind: "Secret",
            type: "kubernetes.io/tls",
            metadata,
            stringData: files,
        };
        fs.writeFileSync(manifest, JSON.stringify(secret), { mode: 0o600 });
        await kubectl(stack, "apply", "-f", manifest);
    }

    function settings(source?: string, caSecret?: string) {
        const ca = source === undefined ? { caSecret } : { caSource: path.join(project.dir, source) };
        return {
            [stack]: onLocalCluster(stack, { role: "ready", trustDomain: otherTrustDomain, ...ca }),
        };
    }

    function write(name: string, files: CaFiles) {
        writeCaFiles(path.join(project.dir, name), files);
    }
});
