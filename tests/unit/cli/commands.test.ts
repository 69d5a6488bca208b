import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { CommanderError } from "commander";
import pMap from "p-map";
import { stringify } from "yaml";
import { program } from "../../../cli/main";

/** What somebody types, and what the command answers in one sentence. */
interface Case {
    command: string;
    args: string[];
    told: RegExp;
    /** Programs on PATH next to a pulumi that is recent enough, by name, with the version that they print. */
    programs?: Record<string, string>;
    env?: NodeJS.ProcessEnv;
}

const acting = [
    "up",
    "destroy",
    "rotate",
    "migrate",
    "export",
    "review",
    "report",
    "verify",
    "status",
    "csr",
];

/** Arguments that each command accepts. */
const usual: Record<string, string[]> = {
    up: ["one"],
    destroy: ["one"],
    rotate: ["root"],
    migrate: ["one"],
    export: ["one", "certs"],
    review: ["one"],
    report: [],
    verify: ["one"],
    status: ["one"],
    csr: ["one"],
};

describe("A command with input that it cannot use", function () {
    this.timeout("120s");
    let dir: string;

    before(() => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "commands-"));
        const file = (name: string, text: string) => {
            fs.mkdirSync(path.dirname(path.join(dir, name)), { recursive: true });
            fs.writeFileSync(path.join(dir, name), text);
        };
        file("Pulumi.yaml", stringify({ name: "istio-plugin-ca", stackConfigDir: "stacks" }));
        const settings = (config: object) =>
            stringify({
                config: Object.fromEntries(
                    Object.entries(config).map(([key, value]) => [
                        `istio-plugin-ca:${key}`,
                        value as unknown,
                    ]),
                ),
            });
        file("stacks/Pulumi.root.yaml", settings({ role: "root", clusters: ["one"] }));
        file("stacks/Pulumi.one.yaml", settings({ role: "cluster", context: "one" }));
        file("broken/Pulumi.yaml", "name: [");
        file("nothing/Pulumi.yaml", "name: istio-plugin-ca");
        file("faulty/Pulumi.yaml", stringify({ name: "istio-plugin-ca" }));
        file("faulty/Pulumi.one.yaml", "config: [");
        file("theirs/Pulumi.yaml", "name: theirs\nruntime: yaml\n");
        file("theirs/Pulumi.dev.yaml", "config:\n  theirs:context: one\n");
        file("numbers.yaml", stringify({ kind: "Secret", data: { "ca-cert.pem": 5 } }));
        file("empty", "");
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    const versions = { pulumi: "v3.300.0", istioctl: "1.31.0", kubectl: "v1.32.4" };
    const notInstalled =
        /^(pulumi|istioctl|kubectl) is not on PATH\. Put \1 [\d.]+ or newer on PATH: https:\S+$/m;
    const cases: Case[] = [
        ...acting.map((command) => ({
            command,
            args: usual[command]!,
            programs: {},
            told: /^pulumi is not on PATH\. Put pulumi 3\.255\.0 or newer on PATH: https:\S+$/m,
        })),
        ...["up", "destroy", "migrate", "rotate"].map((command) => ({
            command,
            args: usual[command]!,
            programs: { pulumi: "v3.300.0", kubectl: "v1.32.4" },
            told: command === "rotate" ? /istioctl is not on PATH/ : notInstalled,
        })),
        {
            command: "up",
            args: ["one"],
            programs: { ...versions, pulumi: "v3.100.0" },
            told: /^pulumi is 3\.100\.0, which is too old\. Put pulumi/m,
        },
        {
            command: "up",
            args: ["one"],
            programs: { ...versions, istioctl: "1.22.0" },
            told: /^istioctl is 1\.22\.0, which is too old\. Put istioctl 1\.30\.0/m,
        },
        {
            command: "up",
            args: ["one"],
            programs: { ...versions, kubectl: "v1.20.1" },
            told: /^kubectl is 1\.20\.1, which is too old\. Put kubectl/m,
        },
        {
            command: "up",
            args: ["one"],
            programs: { pulumi: "v3.300.0" },
            told: /^istioctl is not on PATH.*\nkubectl is not on PATH|^kubectl is not on PATH.*\nistioctl is not on PATH/m,
        },
        ...acting.map((command) => ({
            command,
            args: ["three", ...usual[command]!.slice(1)],
            told: /^There is no stack three\. Stacks with settings in .*: one, root\.$/m,
        })),
        ...["up", "status", "csr", "export"].map((command) => ({
            command,
            args: usual[command]!,
            told: /tack one (cannot be opened: Stack one )?does not exist.*`pulumi stack init one/,
        })),
        {
            command: "review",
            args: ["one"],
            told: /Stack one does not exist yet\. Make it: pulumi stack init one/,
        },
        {
            command: "fleet",
            args: ["manifests", "--image", "i", "--repo", "https://token@git.example.com/mesh"],
            told: /'--repo <url>' argument .* is invalid\. Allowed: a URL without a password or token/,
        },
        {
            command: "fleet",
            args: ["manifests", "--image", "i", "--repo", "https://git.example.com/mesh", "--resync", "5"],
            told: /'--resync <seconds>' argument '5' is invalid\. Allowed: a whole number from 60/,
        },
        {
            command: "waves",
            args: ["three", "--project", "."],
            told: /^There is no stack three\. Stacks with settings in .*: one, root\.$/m,
        },
        { command: "waves", args: ["--cwd", "nosuch"], told: /^There is no Pulumi\.yaml in .*nosuch\./m },
        { command: "up", args: ["--without", "root"], told: /^--without names root\. Allowed: .*: one\.$/m },
        {
            command: "up",
            args: ["one", "--pause"],
            told: /^--pause asks between waves, and stack root has none/m,
        },
        { command: "up", args: ["--project", "nosuch"], told: /^There is no Pulumi\.yaml in .*nosuch\./m },
        { command: "up", args: ["--project", "broken"], told: /broken\/Pulumi\.yaml is not YAML: .+$/m },
        {
            command: "status",
            args: ["--project", "faulty"],
            told: /faulty\/Pulumi\.one\.yaml is not YAML: .+$/m,
        },
        {
            command: "status",
            args: ["one", "--project", "nothing"],
            told: /^There is no stack one\. Stacks with settings in .*: none\.$/m,
        },
        ...["abc", "0", "-5", "100000", "1.5", "", "1e3"].flatMap((limit) =>
            ["migrate", "verify"].map((command) => ({
                command,
                args: [...usual[command]!, `--limit=${limit}`],
                told: new RegExp(
                    `option '--limit <seconds>' argument '${limit}' is invalid\\. Allowed: a whole number from 1 to 99999\\.$`,
                    "m",
                ),
            })),
        ),
        {
            command: "up",
            args: ["one"],
            env: { ISTIO_PLUGIN_CA_PASSPHRASES: "nosuch" },
            told: /ISTIO_PLUGIN_CA_PASSPHRASES names nosuch, which is not a folder\.$/m,
        },
        ...[
            { args: ["--cwd", "nosuch"], told: /^There is no Pulumi\.yaml in .*nosuch\./m },
            { args: ["--cwd", "stacks", "--stack", "three"], told: /^There is no stack three\. /m },
            { args: ["-C", ".", "-s", "three", "-s", "four"], told: /^There is no stack three, four\. /m },
            { args: ["--cwd", "theirs"], told: /^Stack dev does not export files\. Export ca-cert\.pem, /m },
        ].map((each) => ({ command: "status", ...each })),
        {
            command: "verify",
            args: ["--cwd", "theirs", "-s", "dev"],
            told: /^Stack dev does not export files\. Export ca-cert\.pem, .* `pulumi up --stack dev`\.$/m,
        },
        {
            command: "verify",
            args: ["--project", "."],
            told: /^Name stacks, or a CA by --ca, but not both\.$/m,
        },
        {
            command: "verify",
            args: ["one", "--project", ".", "--ca", "stacks"],
            told: /^Name stacks, or a CA by --ca, but not both\.$/m,
        },
        {
            command: "verify",
            args: ["--project", ".", "--ca", "stacks"],
            told: /^--context is missing\. Name the kubeconfig's context of the mesh\.$/m,
        },
        {
            command: "verify",
            args: ["--project", ".", "--ca", "stacks", "--context", "one"],
            told: /^There is no ca-cert\.pem \(or tls\.crt\) in what --ca names\. /m,
        },
        {
            command: "rotate",
            args: ["--cwd", "theirs", "--stack", "dev"],
            told: /^Stack dev cannot be rotated: its program has no settings role, roots and signingRoot by .*docs\/library\.md#rotating-the-root\.$/m,
        },
        {
            command: "migrate",
            args: ["--cwd", "theirs", "--stack", "dev"],
            told: /^Stack dev cannot be migrated: its program has no settings role, istio, .*docs\/library\.md#migrating-a-live-mesh\.$/m,
        },
        {
            command: "status",
            args: ["--cwd", "nothing"],
            told: /^There are no stacks: .*nothing has no file Pulumi\.<stack>\.yaml\. A stack has one once it has a setting: `pulumi config set`\.$/m,
        },
        {
            command: "destroy",
            args: ["--project", "."],
            told: /^error: missing required argument 'stacks'$/m,
        },
        {
            command: "completion",
            args: ["tcsh"],
            told: /Allowed choices are bash, zsh, fish, powershell\.$/m,
        },
        { command: "check", args: [], told: /^Name a folder or file, or a --context, but not both\.$/m },
        { command: "check", args: ["nosuch"], told: /^nosuch does not exist$/m },
        { command: "check", args: ["empty"], told: /^empty holds no object of kind Secret, YAML or JSON$/m },
        {
            command: "check",
            args: ["numbers.yaml"],
            told: /^numbers\.yaml: ca-cert\.pem of the Secret's \w+ is not text$/m,
        },
        {
            command: "check",
            args: ["stacks", "--other-root", "nosuch"],
            told: /^nosuch: there is no such file or folder\.$/m,
        },
        {
            command: "check",
            args: ["stacks", "--live-root", "stacks"],
            told: /^stacks: it is a folder; name a file\.$/m,
        },
        {
            command: "check",
            args: ["--context", "one"],
            env: { KUBECONFIG: "", HOME: "/nonexistent" },
            told: /^there is no kubeconfig: neither \$KUBECONFIG nor ~\/\.kube\/config names one$/m,
        },
        {
            command: "check",
            args: ["--context", "one", "--kubeconfig", "nosuch"],
            told: /^cannot read the kubeconfig: nosuch: there is no such file$/m,
        },
        {
            command: "check",
            args: ["--context", "one", "--kubeconfig", "stacks"],
            told: /^cannot read the kubeconfig: stacks: it is a folder$/m,
        },
        {
            command: "sign",
            args: ["nosuch", "--cluster", "one", "--root-cert", "nosuch", "--root-key", "nosuch"],
            told: /nosuch/,
        },
    ];

    it("says so in one sentence, with status 1, before anything is changed", async () => {
        const before = tree();
        const faults = await pMap(
            cases,
            async (each, index) => {
                const { exitCode, output } = await run(each, index);
                const name = `${each.command} ${each.args.join(" ")} (${Object.entries(each.programs ?? {}).join(" ") || "-"})`;
                const raw = /\n {4}at |TypeError|\bE[A-Z]{4,}\b|undefined|\[object|code: |stderr/.exec(
                    output,
                );
                const ok = exitCode === 1 && each.told.test(output) && !raw && output.split("\n").length < 20;
                return ok ? [] : [`${name}: status ${exitCode}, ${raw?.[0] ?? ""}\n${output}`];
            },
            { concurrency: 1 },
        );
        assert.deepEqual(faults.flat(), []);
        assert.deepEqual(tree(), before);
    });

    function tree(): string[] {
        return fs
            .globSync("**", { cwd: dir })
            .filter((file) => !file.startsWith("bin"))
            .sort();
    }

    /** In this process, because Pulumi's automation API is slow to load. */
    async function run({ command, args, programs = versions, env = {} }: Case, index: number) {
        const bin = path.join(dir, `bin${index}`);
        fs.mkdirSync(bin);
        for (const [name, version] of Object.entries(programs)) {
            fs.writeFileSync(path.join(bin, name), fakes[name]!(version), { mode: 0o755 });
        }
        const project =
            acting.includes(command) && !args.some((each) => /^(--project|--cwd|-C)$/.test(each))
                ? ["--project", "."]
                : [];
        let output = "";
        const write = (text: string) => void (output += text);
        for (const each of [program, ...program.commands]) {
            each.exitOverride().configureOutput({ writeErr: write, writeOut: write });
        }
        const stdout = process.stdout.write.bind(process.stdout);
        const [cwd, saved] = [process.cwd(), { ...process.env }];
        const [error, log] = [console.error.bind(console), console.log.bind(console)];
        try {
            process.chdir(dir);
            Object.assign(process.env, { PATH: bin, ...env });
            console.error = console.log = (line: string) => write(`${line}\n`);
            process.stdout.write = (text) => write(String(text)) === undefined;
            await program.parseAsync([command, ...args, ...project], { from: "user" });
        } catch (thrown) {
            assert.ok(thrown instanceof CommanderError, String(thrown));
            process.exitCode = thrown.exitCode;
        } finally {
            Object.assign(console, { error, log });
            process.stdout.write = stdout;
            process.chdir(cwd);
            process.env = saved;
        }
        const { exitCode } = process;
        process.exitCode = 0;
        return { exitCode, output };
    }
});

/** A pulumi whose backend has stack root alone, and programs that report a version. */
const fakes: Record<string, (version: string) => string> = {
    pulumi: (version) => `#!/bin/sh
case "$1 $2" in
version*) echo ${version} ;;
whoami*) echo '{"user": "somebody", "url": "file:///somewhere"}' ;;
"stack ls") echo '[{"name": "root", "resourceCount": 0}]' ;;
"stack output") case "$*" in *dev*) echo '{}' ;; *) echo "error: no stack named 'one' found" >&2; exit 255 ;; esac ;;
"config --show-secrets") echo '{"istio-plugin-ca:clusters": {"value": "[\\"one\\"]"}}' ;;
*) echo "error: no stack named 'one' found" >&2; exit 255 ;;
esac
`,
    istioctl: (version) => `#!/bin/sh\necho '{"clientVersion": {"version": "${version}"}}'\n`,
    kubectl: (version) => `#!/bin/sh\necho '{"clientVersion": {"major": "1", "gitVersion": "${version}"}}'\n`,
};
