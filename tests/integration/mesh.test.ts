import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { exportFiles } from "../../operations/export";
import { migrate } from "../../operations/migration/migrate";
import { Project } from "../../operations/project/project";
import { Outcomes } from "../../operations/outcomes";
import { status } from "../../operations/status";
import { verify } from "../../operations/verify";
import { destroy } from "../../operations/destroy";
import { up } from "../../operations/up";
import * as clusters from "../../local/clusters";
import { LocalProject, onLocalCluster } from "../../local/project";
import { Certificate } from "../../pki/certificate";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import {
    changeSettings,
    freshClusters,
    freshProject,
    kubectl,
    outputs,
    pulumi,
    pulumiWith,
    shell,
} from "./fixture";
import { loseResource } from "./restoredState";
import { trustedRoots } from "./samples";
import { seedVerification, seedVerified } from "./seed";
import { snapshot } from "./snapshot";
import { privateKeyOf } from "../../pki/pemKey";

const names = ["mesh1", "mesh2"];

const stacks: LocalProject["stacks"] = {
    root: { role: "root", clusters: names },
    mesh1: onLocalCluster("mesh1", { role: "cluster" }),
    mesh2: onLocalCluster("mesh2", { role: "cluster" }),
};

describe("A mesh of two clusters under one root", function () {
    this.timeout("15m");
    let project: Project;
    let empty: string[];
    let work: string;

    before(async () => {
        work = fs.mkdtempSync(path.join(os.tmpdir(), "mesh-"));
        await freshClusters(names);
        empty = await snapshot("mesh1");
        project = await freshProject("mesh", stacks);
    });

    after(async () => {
        await clusters.down(names);
        fs.rmSync(work, { recursive: true, force: true });
    });

    it("comes up from nothing and is verified", async () => {
        await up(project, project.stacks());
        for (const name of names) {
            const { verification, status } = await outputs<ClusterOutputs>(project, name);
            assert.equal(status, "CA signed");
            assert.equal((verification as { verdict: string }).verdict, "passed");
        }
    });

    it("has one root and an intermediate for each cluster", async () => {
        const { root } = await outputs<RootOutputs>(project, "root");
        const [first, second] = await Promise.all(
            names.map((name) => outputs<ClusterOutputs>(project, name)),
        );
        assert.equal(first!.root!.fingerprint, root.fingerprint);
        assert.equal(second!.root!.fingerprint, root.fingerprint);
        assert.notEqual(first!.ca!.fingerprint, second!.ca!.fingerprint);
        assert.equal(first!.ca!.subject, "L=mesh1, O=Istio, CN=Intermediate CA");
    });

    it("reports when each of its CAs expires and renews", async () => {
        const found = await status(project, project.stacks());
        assert.deepEqual(
            found.map(({ stack, ca, status }) => [stack, ca, status]),
            [
                ["mesh1", "intermediate", "CA signed"],
                ["mesh2", "intermediate", "CA signed"],
                ["root", "root root", "signs"],
            ],
        );
        const [first] = found;
        const days = (Date.parse(first!.notAfter!) - Date.parse(first!.renewFrom!)) / 86_400_000;
        assert.equal(days, 90);
    });

    for (const name of ["root", ...names]) {
        it(`has nothing to change in stack ${name}`, async () => {
            const { exitCode, output } = await pulumi(project, name, "preview", "--expect-no-changes");
            assert.equal(exitCode, 0, output);
        });
    }

    it("is left out of the next `up`, with its root", async () => {
        const outcomes = new Outcomes();
        await up(project, project.stacks(), { outcomes });
        assert.deepEqual(outcomes.of("skipped"), [...names, "root"]);
    });

    it("passes the verification of Istio's task as it is written", async () => {
        await exportFiles(project, "mesh1", path.join(work, "certs", "cluster1"));
        const { output } = await shell("mesh1", work, seedVerification);
        for (const line of seedVerified) {
            assert.ok(output.split("\n").includes(line), output);
        }
    });

    it("exports the files of cacerts for their owner alone", async () => {
        const dir = path.join(work, "certs", "cluster1");
        const files = fs.readdirSync(dir).sort();
        assert.deepEqual(files, ["ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem"]);
        const { data } = JSON.parse(
            await kubectl("mesh1", "get", "secret", "cacerts", "-n", "istio-system", "-o", "json"),
        ) as {
            data: Record<string, string>;
        };
        for (const file of files) {
            assert.equal(fs.statSync(path.join(dir, file)).mode & 0o777, 0o600);
            assert.equal(fs.readFileSync(path.join(dir, file), "base64"), data[file]);
        }
    });

    for (const holder of ["root", ...names]) {
        it(`lets whoever holds the passphrase of ${holder} read its secrets and no other stack's`, async () => {
            for (const stack of ["root", ...names]) {
                const key = project.variables(holder);
                const { exitCode, output } = await pulumiWith(
                    key,
                    project,
                    stack,
                    "stack",
                    "export",
                    "--show-secrets",
                );
                if (stack === holder) {
                    assert.match(output, /PRIVATE KEY/);
                } else {
                    assert.notEqual(exitCode, 0);
                    assert.match(output, /incorrect passphrase/);
                    assert.doesNotMatch(output, /PRIVATE KEY/);
                }
            }
            const own = await pulumi(project, holder, "preview", "--expect-no-changes");
            assert.equal(own.exitCode, 0, own.output);
        });
    }

    it("shows only the intermediate's key to whoever reads its Secret", async () => {
        const secret = await kubectl("mesh1", "get", "secret", "cacerts", "-n", "istio-system", "-o", "json");
        const { data } = JSON.parse(secret) as { data: Record<string, string> };
        const texts = Object.entries(data).map(([name, text]): [string, string] => [
            name,
            Buffer.from(text, "base64").toString(),
        ]);
        const withKeys = texts.filter(([, text]) => text.includes("PRIVATE KEY"));
        assert.deepEqual(
            withKeys.map(([name]) => name),
            ["ca-key.pem"],
        );
        const { ca } = await outputs<ClusterOutputs>(project, "mesh1");
        const [certificate] = Certificate.all(Object.fromEntries(texts)["ca-cert.pem"]!);
        assert.equal(certificate!.fingerprint, ca!.fingerprint);
        assert.ok(certificate!.node.checkPrivateKey(privateKeyOf(withKeys[0]![1])));
    });

    it("shows no key to whoever reads the outputs, as a signer or another stack does", async () => {
        for (const stack of ["root", ...names]) {
            const { exitCode, output } = await pulumi(
                project,
                stack,
                "stack",
                "output",
                "--json",
                "--show-secrets",
            );
            assert.equal(exitCode, 0, output);
            assert.doesNotMatch(output, /PRIVATE KEY/);
        }
    });

    it("leaves the number of samples to whoever scales them", async () => {
        const scale = (count: number) =>
            kubectl("mesh1", "scale", "deployment", "httpbin", "-n", "foo", `--replicas=${count}`);
        await scale(2);
        await kubectl("mesh1", "rollout", "status", "deployment/httpbin", "-n", "foo", "--timeout=120s");
        const repair = await pulumi(project, "mesh1", "up", "--yes", "--refresh", "--skip-preview");
        assert.equal(repair.exitCode, 0, repair.output);
        assert.doesNotMatch(repair.output, /[1-9]\d* (updated|created|replaced)/);
        const path = "jsonpath={.spec.replicas}";
        assert.equal(await kubectl("mesh1", "get", "deployment", "httpbin", "-n", "foo", "-o", path), "2");
        await scale(1);
    });

    it("is repaired after drift", async () => {
        await kubectl("mesh1", "delete", "deployment", "httpbin", "-n", "foo");
        await kubectl(
            "mesh1",
            "patch",
            "peerauthentication",
            "default",
            "-n",
            "foo",
            "--type=merge",
            "-p",
            '{"spec":{"mtls":{"mode":"PERMISSIVE"}}}',
        );
        const drift = await pulumi(project, "mesh1", "preview", "--refresh", "--expect-no-changes");
        assert.notEqual(drift.exitCode, 0);
        const repair = await pulumi(project, "mesh1", "up", "--yes", "--refresh");
        assert.equal(repair.exitCode, 0, repair.output);
        const { exitCode, output } = await verify(project, "mesh1", { limitSeconds: 60 });
        assert.equal(exitCode, 0, output);
    });

    it("reports a wrong setting in one message and changes nothing", async () => {
        const before = await pulumi(project, "mesh1", "stack", "export");
        await changeSettings(project, {
            ...stacks,
            mesh1: { ...stacks["mesh1"], injection: "sidecar" },
        });
        const { exitCode, output } = await pulumi(project, "mesh1", "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /istio-plugin-ca:injection is "sidecar"\. Allowed: label, kube-inject\./);
        assert.doesNotMatch(output, /\.ts:\d+/);
        const after = await pulumi(project, "mesh1", "stack", "export");
        assert.deepEqual(resources(after.output), resources(before.output));
        await changeSettings(project, stacks);
    });

    it("continues without a key that its state has lost, and takes the next one", async () => {
        const before = await cacerts();
        await loseResource(project, "mesh1", "mesh1-1-key");
        const { exitCode, output } = await pulumi(project, "mesh1", "up", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
        assert.match(output, /is gone from this stack's state\. It was read from the cluster's cacerts/);
        assert.match(output, /`pulumi config set generation 2 --stack mesh1`, then `npm run up`/);
        assert.doesNotMatch(output, /PRIVATE KEY/);
        assert.deepEqual(await cacerts(), before);
        await changeSettings(project, { ...stacks, mesh1: { ...stacks["mesh1"], generation: 2 } });
        await up(project, project.stacks());
        const { ca, status, verification } = await outputs<ClusterOutputs>(project, "mesh1");
        assert.deepEqual([ca!.generation, status], [2, "CA signed"]);
        assert.equal((verification as { verdict: string }).verdict, "passed");
        assert.notEqual((await cacerts())["ca-key.pem"], before["ca-key.pem"]);
    });

    it("never has previous bytes in root-cert.pem, though an `up` failed once it had written others", async () => {
        const mesh1 = { ...stacks["mesh1"], generation: 2 };
        const { istioSet } = mesh1 as unknown as { istioSet: string[] };
        const step = async (roots: string[], istio: string[]) => {
            const root = { role: "root", clusters: names, roots, signingRoot: "root" };
            await changeSettings(project, {
                ...stacks,
                root,
                mesh1: { ...mesh1, istioSet: [...istioSet, ...istio] },
            });
            const ofRoot = await pulumi(project, "root", "up", "--yes", "--skip-preview");
            assert.equal(ofRoot.exitCode, 0, ofRoot.output);
            const { exitCode } = await pulumi(project, "mesh1", "up", "--yes", "--skip-preview");
            return { exitCode, bytes: (await cacerts())["root-cert.pem"]! };
        };
        const { "root-cert.pem": first } = await cacerts();
        const failed = await step(["root", "root-2"], ["profile=missing"]);
        assert.notEqual(failed.exitCode, 0);
        assert.notEqual(failed.bytes, first);
        const { files } = await outputs<ClusterOutputs>(project, "mesh1");
        assert.equal(Buffer.from(files!["root-cert.pem"]).toString("base64"), first, "the outputs are older");
        const back = await step(["root"], []);
        assert.equal(back.exitCode, 0);
        assert.ok(![first, failed.bytes].includes(back.bytes));
        const same = await pulumi(project, "mesh1", "preview", "--expect-no-changes");
        assert.equal(same.exitCode, 0, same.output);
        await changeSettings(project, { ...stacks, mesh1 });
    });

    async function cacerts(): Promise<Record<string, string>> {
        const secret = await kubectl("mesh1", "get", "secret", "cacerts", "-n", "istio-system", "-o", "json");
        return (JSON.parse(secret) as { data: Record<string, string> }).data;
    }

    it("keeps its CA if root forgets the cluster", async () => {
        await changeSettings(project, {
            ...stacks,
            root: { role: "root", clusters: ["mesh2"] },
        });
        assert.equal((await pulumi(project, "root", "up", "--yes")).exitCode, 0);
        const { exitCode, output } = await pulumi(project, "mesh1", "up", "--yes");
        assert.notEqual(exitCode, 0);
        assert.match(
            output,
            /Stack root no longer holds a certificate for cluster mesh1, whose CA .* is plugged in\./,
        );
        assert.match(await kubectl("mesh1", "get", "secret", "cacerts", "-n", "istio-system"), /cacerts/);
    });

    it("migrates in steps to a root in another stack, as if its own were lost for good", async () => {
        const mesh1 = { ...stacks["mesh1"], generation: 2, rootStack: "root2" };
        const moved = (settings: object) =>
            changeSettings(project, {
                ...stacks,
                root: { role: "root", clusters: ["mesh2"] },
                root2: { role: "root", clusters: ["mesh1"], protectRoot: false },
                mesh1: { ...mesh1, ...settings },
            });
        await moved({});
        await project.openOrCreate("root2");
        const signed = await pulumi(project, "root2", "up", "--yes", "--skip-preview");
        assert.equal(signed.exitCode, 0, signed.output);
        const { exitCode, output } = await pulumi(project, "mesh1", "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /lacks the root .*`npm run migrate -- mesh1` migrate the mesh in steps/s);
        // The remedy, taken.
        await moved({ previousCa: "istio-system/cacerts" });
        await migrate(project, ["mesh1"]);
        const { root } = await outputs<RootOutputs>(project, "root2");
        assert.deepEqual(await trustedRoots("mesh1"), [root.fingerprint]);
        assert.deepEqual((await outputs<ClusterOutputs>(project, "mesh1")).root, root);
        const report = await verify(project, "mesh1", { limitSeconds: 60 });
        assert.equal(report.exitCode, 0, report.output);
        await kubectl("mesh1", "get", "secret", "cacerts-former", "-n", "istio-system");
    });

    it("is removed without a trace of Istio or of us", async () => {
        await destroy(project, project.stacks());
        assert.deepEqual(await snapshot("mesh1"), empty);
    });
});

/** The resources of an exported stack; secrets are encrypted again each time. */
function resources(exported: string): unknown {
    const text = exported.replaceAll(/"ciphertext": "[^"]*"/g, '"ciphertext": ""');
    return (JSON.parse(text) as { deployment: { resources: unknown } }).deployment.resources;
}
