import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectDir } from "../../local/paths";
import type { ClusterOutputs } from "../../stacks/outputs";
import { opensslRoot } from "../signing";
import { pageOf } from "../unit/docs/pages";
import { toolchain } from "./fixture";

/** What other tests run on real clusters, and what does not belong to this project. */
const leftOut = /^(kind |npm ci$|pulumi login |npm run verify )/;

/** As a user's shell in which nobody answers; Pulumi has the passphrase of the stack that was named last. */
const prelude = `set -euo pipefail
pulumi() {
    if [ "$1" = up ]; then set -- up --yes --skip-preview "\${@:2}"; fi
    PULUMI_CONFIG_PASSPHRASE_FILE=$ISTIO_PLUGIN_CA_PASSPHRASES/\${!#} command pulumi "$@"
}
`;

/** What the pages have the reader type, run as written, on stacks without a mesh. */
describe("The commands of the pages", function () {
    this.timeout("10m");
    let dir: string;
    let env: NodeJS.ProcessEnv;

    before(async () => {
        const { pulumi } = await toolchain();
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "pages-"));
        // Paths in settings are relative to the program, so that exists too.
        for (const name of ["package.json", "node_modules", "local", "cli", "program", "index.ts"]) {
            fs.symlinkSync(path.join(projectDir, name), path.join(dir, name));
        }
        fs.copyFileSync(path.join(projectDir, "Pulumi.yaml"), path.join(dir, "Pulumi.yaml"));
        fs.mkdirSync(path.join(dir, "state"));
        const examples = path.join("stacks", "examples");
        fs.mkdirSync(path.join(dir, examples), { recursive: true });
        for (const stack of ["root", "cluster1", "cluster2"]) {
            const file = path.join(examples, `Pulumi.${stack}.yaml`);
            const settings = fs.readFileSync(path.join(projectDir, file), "utf8");
            const noMesh = stack === "root" ? "" : "    istio-plugin-ca:deploy: false\n";
            fs.writeFileSync(path.join(dir, file), settings + noMesh);
        }
        env = {
            HOME: dir,
            PULUMI_HOME: pulumi.home,
            PULUMI_BACKEND_URL: `file://${path.join(dir, "state")}`,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            ISTIO_PLUGIN_CA_PASSPHRASES: path.join(dir, "passphrases"),
            ISTIO_PLUGIN_CA_PROJECT: dir,
        };
    });

    after(() => fs.rmSync(dir, { recursive: true, force: true }));

    it("bring two clusters up on a laptop", async () => {
        const blocks = pageOf("docs/your-own-clusters.md").blocksUnder("kind-on-a-laptop");
        assert.match(blocks.at(-1)!, /^npm run destroy /);
        await type(blocks.slice(0, -1));
        for (const cluster of ["cluster1", "cluster2"]) {
            assert.equal((await outputs<ClusterOutputs>(cluster)).status, "CA signed");
        }
        assert.match(
            fs.readFileSync(settings("cluster2"), "utf8"),
            /istio-plugin-ca:context: kind-cluster2$/m,
        );
    });

    it("destroy the stacks once the project's name was typed", async () => {
        const destroy = pageOf("docs/your-own-clusters.md").blocksUnder("take-stacks-down").slice(0, 1);
        await type(destroy, "istio-plugin-ca\n");
        assert.deepEqual(await outputs("root"), {});
    });

    it("plug in what an outside signer signed", async () => {
        await opensslRoot(dir, "root");
        await type(pageOf("docs/outside-signers.md").blocksUnder("a-signer-outside-of-pulumi"));
        const { status, root } = await outputs<ClusterOutputs>("cluster1");
        assert.equal(status, "CA signed");
        assert.match(root!.subject, /CN=root/);
    });

    it("export a CA, check it, and plug it in as one that exists already", async () => {
        const all = pageOf("docs/getting-started.md").codeLines;
        await type(all.filter((line) => line.startsWith("npm run export ")));
        const existing = pageOf("docs/existing-ca.md");
        const [plugIn, check] = existing.blocksUnder("a-ca-that-exists-already");
        await type([check!, "pulumi destroy --yes --stack cluster1"]);
        // For a folder without the key, as on the page.
        fs.renameSync(path.join(dir, "certs", "cluster1", "ca-key.pem"), path.join(dir, "ca-key.pem"));
        await type([plugIn!]);
        const { status, files } = await outputs<ClusterOutputs>("cluster1");
        assert.equal(status, "CA ready");
        const exported = fs.readFileSync(path.join(dir, "certs", "cluster1", "ca-cert.pem"), "utf8");
        assert.equal(files!["ca-cert.pem"], exported);
    });

    /** Types lines into a shell in the folder of the project. */
    async function type(blocks: string[], input = ""): Promise<void> {
        const lines = blocks
            .join("\n")
            .split("\n")
            .filter((line) => !leftOut.test(line));
        const script = prelude + lines.join("\n");
        const { exitCode, all } = await execa("bash", ["-c", script], {
            cwd: dir,
            env,
            input,
            all: true,
            reject: false,
        });
        assert.equal(exitCode, 0, `${lines.join("\n")}\n${all}`);
    }

    async function outputs<T>(stack: string): Promise<T> {
        const script = `${prelude}pulumi stack output --json --stack ${stack}`;
        const { stdout } = await execa("bash", ["-c", script], { cwd: dir, env });
        return JSON.parse(stdout) as T;
    }

    function settings(stack: string): string {
        return path.join(dir, "stacks", `Pulumi.${stack}.yaml`);
    }
});
