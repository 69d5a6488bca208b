import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { kubeconfigPath } from "../../local/paths";
import { onLocalCluster } from "../../local/project";
import { Certificate } from "../../pki/certificate";
import { caBundles } from "../caBundles";
import { pageOf } from "../unit/docs/pages";
import { kubectl } from "./fixture";
import { examplesDir, ForeignStack, packedCommand, packedPackage } from "./packed";
import { cluster, packedCluster } from "./packedCluster";

/** The values that stock Envoy needs, and where the cluster is. */
const { istioSet, ...where } = onLocalCluster(cluster, {}) as { istioSet: string[] } & Record<string, string>;

describe("The examples, with the packed file", function () {
    this.timeout("15m");

    before(async () => {
        await packedPackage();
        await packedCluster();
    });

    const example = (name: string, settings: Record<string, unknown>) =>
        ForeignStack.create(path.join(examplesDir, name), settings);

    it("three-clusters-two-roots: previews all of it, and creates two roots that every cluster trusts", async () => {
        const names = ["cluster1", "cluster2", "cluster3"];
        const kubeconfig = await contexts(names);
        const stack = await example("three-clusters-two-roots", { kubeconfig, istioSet });
        const preview = await stack.succeed("preview");
        assert.equal(preview.match(/istio-plugin-ca:index:IstioInstall/g)?.length, 3, preview);
        const pki = ["RootCa", "IntermediateCa", "IntermediateCertificate"];
        const targets = pki.flatMap((type) => ["--target", `**istio-plugin-ca:index:${type}**`]);
        await stack.succeed("up", "--yes", "--skip-preview", ...targets);
        const outputs = await stack.outputs<Record<string, Record<string, string>>>();
        const signers = names.map((name) => {
            const [intermediate] = Certificate.all(outputs[name]!["caCertPem"]!);
            const roots = Certificate.all(outputs[name]!["rootCertPem"]!);
            assert.equal(roots.length, 2);
            assert.match(intermediate!.subject, new RegExp(`\\bL=${name}\\b`));
            return roots.findIndex((root) => intermediate!.issuedBy(root));
        });
        assert.deepEqual(signers, [0, 0, 1]);
    });

    it("own-pem-files: previews all of it, and plugs in the files as they are", async () => {
        const good = (await caBundles())["good"]!.files;
        const stack = await example("own-pem-files", { ...where, istioSet });
        const certs = path.join(stack.dir, "certs");
        fs.mkdirSync(certs);
        for (const name of ["ca-cert.pem", "cert-chain.pem", "root-cert.pem"]) {
            fs.writeFileSync(path.join(certs, name), good[name]!);
        }
        await stack.setSecret("caKey", good["ca-key.pem"]!);
        const preview = await stack.succeed("preview");
        assert.match(preview, /istio-plugin-ca:index:MeshVerification/);
        await stack.succeed("up", "--yes", "--skip-preview", "--target", "**CaCertsSecret**");
        const secret = ["get", "secret", "cacerts", "-n", "istio-system", "-o", "json"];
        const { data } = JSON.parse(await kubectl(cluster, ...secret)) as { data: Record<string, string> };
        for (const [name, text] of Object.entries(data)) {
            // `pulumi config set` takes the newline from the key's end.
            assert.ok(Buffer.from(text, "base64").toString().trim() === good[name]!.trim(), name);
        }
        assert.equal(Object.keys(data).length, 4);
        await stack.succeed("destroy", "--yes", "--skip-preview");
    });

    it("existing-mesh: gives its own CA to a mesh that somebody else installed, and leaves the rest", async () => {
        const set = ["profile=minimal", ...istioSet].flatMap((value) => ["--set", value]);
        const istioctl = ["--kubeconfig", kubeconfigPath, "--context", cluster];
        await execa("istioctl", ["install", "--skip-confirmation", ...istioctl, ...set]);
        const stack = await example("existing-mesh", where);
        await stack.succeed("up", "--yes", "--skip-preview");
        assert.deepEqual(await stack.outputs(), { verdict: "passed" });
        await stack.succeed("preview", "--expect-no-changes");
        await stack.succeed("destroy", "--yes", "--skip-preview");
        const istiod = await kubectl(
            cluster,
            "get",
            "deployment",
            "istiod",
            "-n",
            "istio-system",
            "-o",
            "name",
        );
        assert.equal(istiod, "deployment.apps/istiod");
        await execa("istioctl", ["uninstall", "--purge", "--skip-confirmation", ...istioctl]);
        await kubectl(cluster, "delete", "namespace", "istio-system");
    });

    it("one-cluster: comes up from nothing, proven by handshakes", async () => {
        const program = fs.readFileSync(path.join(examplesDir, "one-cluster", "index.ts"), "utf8");
        const stack = await example("one-cluster", { ...where, istioSet });
        const preview = await stack.succeed("preview");
        assert.match(preview, /istio-plugin-ca:index:MeshVerification/);
        const up = await stack.succeed("up", "--yes", "--skip-preview");
        assert.doesNotMatch(up, /PRIVATE KEY/);
        const { verdict } = await stack.outputs<{ verdict: string }>();
        assert.equal(verdict, "passed");
        await stack.succeed("preview", "--expect-no-changes");
        assert.ok(program.split("\n").filter((line) => !/^(import|\/\/|$)/.test(line)).length <= 30);
        await followed(stack);
    });
});

/** The package's command on a stack whose program exports `files`. */
async function followed(stack: ForeignStack): Promise<void> {
    const command = (...args: string[]) =>
        packedCommand([...args, "--cwd", stack.dir, "--stack", "test"], stack.env);
    const status = await command("status", "--json");
    assert.equal(status.exitCode, 0, status.output);
    const json = status.output.slice(status.output.indexOf("["));
    const cas = (JSON.parse(json) as { ca: string; status: string }[]).map(({ ca, status }) => [ca, status]);
    assert.deepEqual(cas, [
        ["root O=Istio, CN=Root CA", "signs"],
        ["intermediate", "plugged in"],
    ]);
    const verified = await command("verify");
    assert.equal(verified.exitCode, 0, verified.output);
    const reviewed = await command("review");
    assert.equal(reviewed.exitCode, 0, reviewed.output);
    assert.match(reviewed.output, /root-key-protected/, "the package's policies");
    const preview = await stack.succeed("preview", "--policy-pack", ownPolicies());
    assert.match(preview, /\[advisory\] +root-key-protected/);
    const rotated = await command("rotate", "--yes");
    assert.equal(rotated.exitCode, 1);
    assert.match(
        rotated.output,
        /Stack test cannot be rotated: its program has no settings role, roots and signingRoot/,
    );
}

/** A policy pack as an organisation has it, with the package's policies in it. */
function ownPolicies(): string {
    const dir = path.join(examplesDir, "policies");
    fs.mkdirSync(dir);
    const [program] = pageOf("docs/policies.md").blocksUnder("for-an-organisation");
    const manifest = { name: "acme", version: "0.0.1", main: "index.js" };
    fs.writeFileSync(path.join(dir, "index.js"), program!);
    fs.writeFileSync(path.join(dir, "package.json"), JSON.stringify(manifest));
    fs.writeFileSync(path.join(dir, "PulumiPolicy.yaml"), "runtime: nodejs\n");
    return dir;
}

/** A kubeconfig in which these contexts all lead to the one local cluster. */
async function contexts(names: string[]): Promise<string> {
    const text = await kubectl(cluster, "config", "view", "--minify", "--raw", "--flatten");
    const config = parse(text) as { contexts: { context: object }[] };
    const [{ context }] = config.contexts as [{ context: object }];
    const file = path.join(examplesDir, "kubeconfig");
    const all = { ...config, contexts: names.map((name) => ({ name, context })) };
    fs.writeFileSync(file, stringify(all), { mode: 0o600 });
    return file;
}
