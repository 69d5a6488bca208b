import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { stringify } from "yaml";
import { projectDir, typescript } from "../../local/paths";
import { Certificate } from "../../pki/certificate";
import type { RootOutputs } from "../../stacks/outputs";
import { Outcome, toolchain } from "./fixture";
import { publicKeyIn } from "../../pki/pemKey";

const stacks = ["root", "one", "two"];
const clusters = ["one", "two"];

/** Stacks as a user has them: in a backend of theirs, with a passphrase for each, and no mesh. */
describe("A user's own stacks", function () {
    this.timeout("10m");
    let dir: string;
    let env: NodeJS.ProcessEnv;

    before(async () => {
        const { pulumi } = await toolchain();
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "own-stacks-"));
        for (const folder of ["state", "passphrases", "stacks"]) {
            fs.mkdirSync(path.join(dir, folder), { mode: 0o700 });
        }
        const manifest = fs.readFileSync(path.join(projectDir, "Pulumi.yaml"), "utf8");
        fs.writeFileSync(
            path.join(dir, "Pulumi.yaml"),
            manifest.replace(
                "main: index.ts",
                `main: ${path.relative(dir, path.join(projectDir, "index.ts"))}`,
            ),
        );
        write("root", { role: "root", clusters, protectRoot: true });
        clusters.forEach((name) => write(name, { role: "cluster", deploy: false }));
        stacks.forEach((name) => passphrase(name, `of ${name}`));
        env = {
            PULUMI_HOME: pulumi.home,
            PULUMI_BACKEND_URL: `file://${path.join(dir, "state")}`,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            // That of another stack, as somebody may have it in a shell.
            PULUMI_CONFIG_PASSPHRASE: "of nobody",
            ISTIO_PLUGIN_CA_PASSPHRASES: path.join(dir, "passphrases"),
            ISTIO_PLUGIN_CA_PROJECT: dir,
        };
    });

    after(() => fs.rmSync(dir, { recursive: true, force: true }));

    it("are not created with a secrets provider that nobody chose", async () => {
        const { exitCode, output } = await npm("up");
        assert.equal(exitCode, 1, output);
        for (const name of stacks) {
            const todo = `Stack ${name} does not exist. Make it: \`pulumi stack init ${name} --secrets-provider`;
            assert.ok(output.includes(todo), output);
        }
        assert.match(output, /^Nothing was changed\./m);
        assert.deepEqual(await names(), []);
    });

    it("come up once they are created, each with its passphrase", async () => {
        for (const name of stacks) {
            const made = await pulumi("stack", "init", name, "--secrets-provider", "passphrase");
            assert.equal(made.exitCode, 0, made.output);
        }
        const { exitCode, output } = await npm("up");
        assert.equal(exitCode, 0, output);
        assert.match(
            output,
            new RegExp(
                `^Acting on the stacks of \\S+, project istio-plugin-ca in file://${dir}/state\\.$`,
                "m",
            ),
        );
        const review = await npm("review");
        assert.equal(review.exitCode, 0, review.output);
    });

    it("are all opened before any is changed", async () => {
        passphrase("two", "another");
        const before = snapshot();
        for (const command of [
            ["up", "--all"],
            ["rotate", "root", "--yes"],
            ["destroy", ...stacks, "--yes"],
        ]) {
            const { exitCode, output } = await npm(...command);
            assert.equal(exitCode, 1, output);
            assert.match(output, /Stack two cannot be opened: .*incorrect passphrase/);
            assert.doesNotMatch(output, /Stack (one|root) cannot/);
        }
        assert.deepEqual(snapshot(), before);
        passphrase("two", "of two");
    });

    it("export the root that signs", async () => {
        const both = ["root", "root-2"];
        for (const signingRoot of both) {
            write("root", { role: "root", clusters, protectRoot: true, roots: both, signingRoot });
            const { exitCode, output } = await npm("up");
            assert.equal(exitCode, 0, output);
        }
        const certs = path.join(dir, "certs");
        const { exitCode, output } = await npm("export", "root", certs);
        assert.equal(exitCode, 0, output);
        const [cert, key] = ["root-cert.pem", "root-key.pem"].map((file) => path.join(certs, file));
        const [certificate] = Certificate.all(fs.readFileSync(cert!, "utf8"));
        const { roots } = JSON.parse(
            (await pulumi("stack", "output", "--json", "--stack", "root")).output,
        ) as RootOutputs;
        assert.equal(certificate!.fingerprint, roots["root-2"]!.fingerprint);
        assert.ok(publicKeyIn(fs.readFileSync(key!, "utf8")).equals(certificate!.publicKey));
        assert.equal(fs.statSync(key!).mode & 0o777, 0o600);
        assert.equal(fs.statSync(certs).mode & 0o777, 0o700);
    });

    it("keep their root while a CA depends on it, even one whose settings are gone", async () => {
        fs.renameSync(settings("two"), path.join(dir, "two.yaml"));
        const before = snapshot();
        const { exitCode, output } = await npm("destroy", "one", "root", "--yes");
        assert.equal(exitCode, 1, output);
        const remedy = `\`npm run destroy -- --project ${dir} two one root\``;
        const told = "Stack root is not taken down: two still has a CA below it";
        const line = output.split("\n").find((each) => each.startsWith(told));
        assert.ok(line?.endsWith(`${remedy}.`), output);
        assert.deepEqual(snapshot(), before);
    });

    it("are destroyed only when the project's name was typed", async () => {
        const before = snapshot();
        for (const typed of ["", "yes\n", "root\n", "istio-plugin-c\n"]) {
            const { exitCode, output } = await npmWith(typed, "destroy", "two", "one", "root");
            assert.equal(exitCode, 1, output);
            assert.match(output, /Nothing was taken down\./);
        }
        assert.deepEqual(snapshot(), before);
        const { exitCode, output } = await npmWith("istio-plugin-ca\n", "destroy", "two", "one", "root");
        assert.equal(exitCode, 0, output);
        assert.match(
            output,
            new RegExp(
                `This takes down, of the stacks of \\S+, project istio-plugin-ca in file://${dir}/state:`,
            ),
        );
        assert.match(output, /^ {2}one: \d+ resources, a CA and no mesh$/m);
        assert.match(output, /^ {2}two: \d+ resources, a CA and no mesh$/m);
        assert.match(output, /^ {2}root: \d+ resources, a root CA, whose key will be lost for good$/m);
        const { output: left } = await pulumi("stack", "ls", "--json");
        assert.deepEqual(
            (JSON.parse(left) as { resourceCount: number }[]).map(({ resourceCount }) => resourceCount),
            [0, 0, 0],
        );
    });

    function write(stack: string, values: Record<string, unknown>): void {
        const file = settings(stack);
        const kept = fs.existsSync(file)
            ? (/^encryptionsalt: .*$/m.exec(fs.readFileSync(file, "utf8"))?.[0] ?? "")
            : "";
        const config = Object.entries(values).map(([key, value]) => [`istio-plugin-ca:${key}`, value]);
        fs.writeFileSync(file, `${kept}\n${stringify({ config: Object.fromEntries(config) as object })}`);
    }

    function settings(stack: string): string {
        return path.join(dir, "stacks", `Pulumi.${stack}.yaml`);
    }

    function passphrase(stack: string, text: string): void {
        fs.writeFileSync(path.join(dir, "passphrases", stack), text, { mode: 0o600 });
    }

    /** The settings and the states, except for backups and locks. */
    function snapshot(): Record<string, string> {
        const files = fs.globSync("{stacks/*.yaml,state/.pulumi/stacks/**/*.json}", { cwd: dir }).sort();
        return Object.fromEntries(files.map((file) => [file, fs.readFileSync(path.join(dir, file), "utf8")]));
    }

    async function names(): Promise<string[]> {
        return (JSON.parse((await pulumi("stack", "ls", "--json")).output) as { name: string }[]).map(
            ({ name }) => name,
        );
    }

    function npm(...args: string[]): Promise<Outcome> {
        return npmWith("", ...args);
    }

    /** One of the npm scripts, with what the user types. */
    async function npmWith(input: string, ...[command, ...args]: string[]): Promise<Outcome> {
        const { exitCode, all } = await program("cli/main.ts", [command!, ...args], input);
        return { exitCode, output: all };
    }

    /** `npm run pulumi`; its stdout alone. */
    async function pulumi(...args: string[]): Promise<Outcome> {
        const { exitCode, all, stdout } = await program("local/pulumi.ts", args, "");
        return { exitCode, output: exitCode === 0 ? stdout : all };
    }

    async function program(file: string, args: string[], input: string) {
        const command = ["--require", typescript, file, ...args];
        const { exitCode, all, stdout } = await execa(process.execPath, command, {
            cwd: projectDir,
            env,
            input,
            all: true,
            reject: false,
        });
        return { exitCode: exitCode ?? -1, all, stdout };
    }
});
