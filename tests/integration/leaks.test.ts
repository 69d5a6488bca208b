import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { parse, stringify } from "yaml";
import { Project } from "../../operations/project/project";
import { reviewStacks } from "../../cli/review";
import { DetailedError } from "../../operations/errors";
import { verify } from "../../operations/verify";
import { up } from "../../operations/up";
import * as clusters from "../../local/clusters";
import { projectDir, typescript } from "../../local/paths";
import { LocalProject, onLocalCluster } from "../../local/project";
import { leakForms } from "../leakForms";
import { anyKey, LeakSearch } from "../leaks";
import { csr, newKey, pem, selfSigned } from "../pki";
import {
    changeSettings,
    freshClusters,
    freshProject,
    kubectl,
    Outcome,
    pulumi,
    pulumiWith,
    toolchain,
} from "./fixture";
import { ProcessWatch } from "./processWatch";

const cluster = "pc1";

/** What the official plugins answered, and CAs as people bring them: with keys that were made for that and protect nothing. */
const recorded = /^tests\/fixtures\/(plugin-exchanges|field-cases)\//;

describe("Nothing that creating a mesh leaves behind", function () {
    this.timeout("15m");
    let project: Project;
    let work: string;
    const tmpdir = process.env["TMPDIR"];
    /** What is searched, after where it comes from. */
    const sources: [string, string | Buffer][] = [];
    /** What is searched for, by name. */
    const secrets: Record<string, string> = {};
    let search: LeakSearch;
    /** What the processes of an `up` showed of them. */
    let watched: ReturnType<ProcessWatch["stop"]>;
    const setting = randomBytes(24).toString("base64url");

    const mesh = onLocalCluster(cluster, { role: "cluster", keyAlgorithm: "RSA-2048" });

    before(async () => {
        work = fs.mkdtempSync(path.join(os.tmpdir(), "leaks-"));
        await freshClusters([cluster]);
        project = await freshProject("leaks", stacks());
        for (const { name } of project.stacks()) {
            await project.openOrCreate(name);
        }
        // What the run writes to the machine's folder for temporary files is searched too.
        process.env["TMPDIR"] = path.join(work, "tmp");
        fs.mkdirSync(process.env["TMPDIR"]);
        await refusedCall();
        await damagedKeys();
        await failingIstioctl();
        await deployment();
        await renewal();
        await collectSecrets();
        files("the project's folder", project.dir, (file) => !file.startsWith("passphrases"));
        files("the folder for temporary files", process.env["TMPDIR"], () => true);
        await repository();
        search = new LeakSearch(secrets);
    });

    after(async () => {
        if (tmpdir === undefined) {
            delete process.env["TMPDIR"];
        } else {
            process.env["TMPDIR"] = tmpdir;
        }
        await clusters.down([cluster]);
        fs.rmSync(work, { recursive: true, force: true });
    });

    it("holds a private key, a token or a passphrase", () => {
        const names = Object.keys(secrets).join("\n");
        for (const name of [
            /root-key/,
            /pc1-1-key/,
            /pc1-2-key/,
            /token/,
            /passphrase/,
            /damaged/,
            /admin/,
        ]) {
            assert.match(names, name);
        }
        assert.deepEqual(
            sources
                .flatMap(([source, content]) => search.leaks(source, content))
                .filter(({ secret, source }) => secret !== anyKey || !recorded.test(source)),
            [],
        );
    });

    it("is in a log of Pulumi's, of which the stand-ins' home has none", async () => {
        const { pulumi } = await toolchain();
        assert.ok(pulumi.official || fs.statSync(path.join(pulumi.home, "logs")).isFile());
    });

    it("was in the environment or the arguments of what the stack ran", () => {
        assert.deepEqual(watched.seen, []);
        for (const program of [/istioctl install/, /istio-install\.sh/, /^node --require$/m]) {
            assert.match(watched.commands.join("\n"), program);
        }
    });

    it("would be found there", async () => {
        for (const where of ["arguments", "environment"] as const) {
            const watch = await ProcessWatch.of("bash", { planted: setting });
            const script = where === "arguments" ? `: ${setting}` : ":";
            const env: Record<string, string> =
                where === "environment" ? { PULUMI_CONFIG: `{"caKey":"${setting}"}` } : {};
            await execa("bash", ["-c", script], { env: watch.env(env) });
            const { seen } = watch.stop();
            assert.ok(
                seen.some((each) => each.where === where && each.process.includes("bash -c")),
                JSON.stringify(seen),
            );
        }
    });

    for (const [form, written] of Object.entries(leakForms)) {
        it(`would hide one that stood there as ${form}`, () => {
            const keys = Object.entries(secrets).filter(([name]) =>
                name.includes("-key.outputs.privateKeyPem."),
            );
            assert.ok(keys.length >= 3);
            for (const [index, [name, key]] of keys.entries()) {
                const [source, content] = sources[index % sources.length]!;
                const found = search.leaks(
                    source,
                    Buffer.concat([Buffer.from(content), Buffer.from(written(key))]),
                );
                assert.ok(found.length > 0, `${name} in ${source}`);
            }
        });
    }

    /** The stacks of the run; settings that differ go to the cluster's. */
    function stacks(different = {}): LocalProject["stacks"] {
        return {
            root: { role: "root", clusters: [cluster] },
            [cluster]: { ...mesh, ...different },
            damaged: { role: "ready", deploy: false, caSource: path.join(work, "damaged") },
        };
    }

    async function run(stack: string, ...args: string[]): Promise<Outcome> {
        const outcome = await pulumi(project, stack, ...args);
        sources.push([`pulumi ${args.join(" ")} --stack ${stack}`, outcome.output]);
        return outcome;
    }

    /** Looks in every possible way at what a stack would change. */
    async function previews(stack: string) {
        const policies = ["--policy-pack", path.join(projectDir, "policy")];
        for (const how of [policies, ["--diff"], ["--json"], ["--debug"]]) {
            const { exitCode, output } = await run(stack, "preview", ...how);
            assert.equal(exitCode, 0, output);
            assert.equal(output.includes("resp: (withheld)"), how[0] === "--debug");
        }
    }

    /** The API server refuses what a ServiceAccount without rights asks for. */
    async function refusedCall() {
        const token = await kubectl(cluster, "create", "token", "default", "--namespace=default");
        secrets["token of a ServiceAccount"] = token;
        const config = parse(
            await kubectl(cluster, "config", "view", "--raw", "--minify", "--flatten"),
        ) as Kubeconfig;
        secrets["key of the admin"] = Buffer.from(
            config.users[0]!.user["client-key-data"]!,
            "base64",
        ).toString();
        config.users[0]!.user = { token };
        const kubeconfig = path.join(work, "kubeconfig");
        fs.writeFileSync(kubeconfig, stringify(config), { mode: 0o600 });
        await changeSettings(project, stacks({ kubeconfig }));
        for (const stack of [cluster, "root"]) {
            assert.equal((await run(stack, "up", "--yes", "--skip-preview")).exitCode, 0);
        }
        await previews(cluster);
        const { exitCode, output } = await run(cluster, "up", "--yes", "--skip-preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /forbidden/);
    }

    /** Unreadable keys, for the stack that plugs one in and for the commands that read one. */
    async function damagedKeys() {
        const dir = path.join(work, "damaged");
        const root = await selfSigned(await newKey());
        const damaged = pem(randomBytes(121), "PRIVATE KEY");
        secrets["damaged key"] = damaged;
        fs.mkdirSync(dir);
        for (const file of ["ca-cert.pem", "cert-chain.pem", "root-cert.pem"]) {
            fs.writeFileSync(path.join(dir, file), root);
        }
        fs.writeFileSync(path.join(dir, "ca-key.pem"), damaged, { mode: 0o600 });
        fs.writeFileSync(path.join(dir, "csr.pem"), await csr(await newKey()));
        const { exitCode, output } = await run("damaged", "preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /ca-key\.pem/);
        await command("check", dir);
        const key = [
            "--root-cert",
            path.join(dir, "root-cert.pem"),
            "--root-key",
            path.join(dir, "ca-key.pem"),
        ];
        await command("sign", path.join(dir, "csr.pem"), "--cluster", "cluster1", ...key);
    }

    /** One of the project's commands that fails. */
    async function command(name: string, ...args: string[]) {
        const program = ["--require", typescript, path.join(projectDir, "cli", "main.ts"), name];
        const { exitCode, all } = await execa(process.execPath, [...program, ...args], {
            cwd: projectDir,
            all: true,
            reject: false,
        });
        assert.equal(exitCode, 1, all);
        sources.push([name, all]);
    }

    /** As `npm run up` shows it. */
    async function failingIstioctl() {
        await changeSettings(project, stacks({ istioSet: ["profile=missing"] }));
        const entries = project.stacks().filter(({ name }) => name !== "damaged");
        await assert.rejects(up(project, entries), (error: DetailedError) => {
            assert.match(error.details, /istio-install\.sh/);
            sources.push(["npm run up", error.details]);
            return true;
        });
    }

    async function deployment() {
        await changeSettings(project, stacks());
        const { value } = await secretSetting();
        const passphrase = fs.readFileSync(path.join(project.dir, "passphrases", cluster), "utf8");
        const watch = await ProcessWatch.of("pulumi", { "a secret setting": value, passphrase });
        const { exitCode, output } = await runWithPassphrase(passphrase, watch);
        watched = watch.stop();
        assert.equal(exitCode, 0, output);
        for (const json of [false, true]) {
            const report = await verify(project, cluster, { limitSeconds: 60, json });
            assert.equal(report.exitCode, 0, report.output);
            sources.push([`npm run verify${json ? " -- --json" : ""}`, report.output]);
        }
        await reviews();
        for (const stack of ["root", cluster]) {
            await run(stack, "stack", "export");
            await run(stack, "stack", "output", "--json", "--show-secrets");
            await run(stack, "stack", "history", "--full-dates", "--json");
            await run(stack, "config", "--json");
        }
    }

    /** One that this role does not read, and that Pulumi decrypts nevertheless. */
    async function secretSetting() {
        const secret = { value: setting, secret: true };
        await (await project.open(cluster)).setConfig("istio-plugin-ca:caKey", secret);
        secrets["secret setting"] = setting;
        return secret;
    }

    /** The passphrase in the environment, as most have it. */
    async function runWithPassphrase(passphrase: string, watch: ProcessWatch): Promise<Outcome> {
        const env = watch.env({ ...project.variables(cluster), PULUMI_CONFIG_PASSPHRASE: passphrase });
        const outcome = await pulumiWith(env, project, cluster, "up", "--yes", "--skip-preview", "--diff");
        sources.push(["pulumi up", outcome.output]);
        return outcome;
    }

    async function reviews() {
        const out = path.join(work, "review");
        for (const options of [{}, { refresh: true }, { json: true }]) {
            assert.notEqual(await reviewStacks(project, ["root", cluster], { out, ...options }), 1);
            sources.push([`npm run review ${Object.keys(options).join()}`, fs.readFileSync(out)]);
        }
    }

    /** A new key replaces the first, whose last traces are in the history of the state. */
    async function renewal() {
        await collectSecrets();
        await changeSettings(project, stacks({ generation: 2 }));
        for (const stack of [cluster, "root", cluster]) {
            const { exitCode, output } = await run(stack, "up", "--yes", "--diff");
            assert.equal(exitCode, 0, output);
        }
        await collectSecrets();
        const { exitCode, output } = await run(cluster, "destroy", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
    }

    /** The keys in the states, and the passphrases that encrypt them. */
    async function collectSecrets() {
        for (const stack of ["root", cluster]) {
            const { output } = await pulumi(project, stack, "stack", "export", "--show-secrets");
            Object.assign(secrets, privateKeys(JSON.parse(output), stack));
            const passphrase = path.join(project.dir, "passphrases", stack);
            secrets[`passphrase of ${stack}`] = fs.readFileSync(passphrase, "utf8");
        }
    }

    function files(what: string, dir: string, chosen: (file: string) => boolean) {
        for (const file of fs.readdirSync(dir, { recursive: true, encoding: "utf8" }).filter(chosen)) {
            const full = path.join(dir, file);
            if (fs.statSync(full).isFile()) {
                sources.push([`${what}: ${file}`, fs.readFileSync(full)]);
            }
        }
    }

    async function repository() {
        const { stdout } = await execa(
            "git",
            ["ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            {
                cwd: projectDir,
            },
        );
        for (const file of stdout.split("\0").filter((each) => each !== "")) {
            sources.push([file, fs.readFileSync(path.join(projectDir, file))]);
        }
    }
});

interface Kubeconfig {
    users: { user: { "client-key-data"?: string; token?: string } }[];
}

/** The private keys in a state, by the resource and the property that hold them. */
function privateKeys(value: unknown, name: string): Record<string, string> {
    if (typeof value === "string") {
        // A secret is written as JSON. The same numbers are in OpenSSH's format, which Node cannot read.
        const text = value.startsWith('"') ? (JSON.parse(value) as string) : value;
        return /^-----BEGIN (EC |RSA )?PRIVATE KEY/.test(text) ? { [name]: text } : {};
    }
    const named = (value as { urn?: string } | null)?.urn?.split("::").at(-1);
    return Object.assign(
        {},
        ...Object.entries(value ?? {}).map(([key, item]) =>
            privateKeys(item, `${named === undefined ? name : `${name} ${named}`}.${key}`),
        ),
    ) as Record<string, string>;
}
