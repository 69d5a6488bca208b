import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { Project } from "../../operations/project/project";
import { localDir, projectDir } from "../../local/paths";
import { changeSettings, freshProject, Outcome, pulumi } from "./fixture";

const good = [
    ...["root", "key-p256", "intermediate", "cacerts", "istio", "strict", "unmanaged-permissive"],
    ...["certificate-in-command"],
];

/** What each part violates: the level, the policy, and the resource if that is not the part itself. */
const violations: Record<string, string[]> = {
    "unprotected-root": [
        "advisory root-key-protected unprotected-root",
        "advisory root-key-protected unprotected-root-key",
    ],
    "endless-root": ["advisory path-length endless-root"],
    "key-p224": ["mandatory key-algorithm key-p224"],
    "outliving-intermediate": ["mandatory intermediate-lifetime outliving-intermediate"],
    "late-intermediate": ["mandatory intermediate-lifetime late-intermediate"],
    "intermediate-of-p521": ["mandatory key-algorithm intermediate-of-p521"],
    "replaced-cacerts": ["mandatory cacerts-kept replaced-cacerts"],
    "other-secret": ["mandatory ca-keys-in-place other-secret"],
    "istio-of-another-ca": Array<string>(6).fill("mandatory plugged-in-ca-used istio-of-another-ca"),
    permissive: ["mandatory strict-mutual-tls permissive"],
    "permissive-port": ["mandatory strict-mutual-tls permissive-port"],
    "key-in-command": ["mandatory ca-keys-in-place key-in-command"],
    "plain-key": ["mandatory ca-keys-secret plain-key"],
    "key-in-component": ["mandatory ca-keys-in-place key-in-component"],
    "exported-key": ["mandatory ca-keys-not-exported istio-plugin-ca-violating"],
};

/** As a user would set the policies: a Command that may hold a key, and the namespaces that are managed. */
const settings = {
    "ca-keys-in-place": { resources: ["command:local:Command::plain-key"] },
    "ca-keys-not-exported": { resources: ["command:local:Command::plain-key"] },
    "strict-mutual-tls": { namespaces: ["foo"] },
};

const pack = ["--policy-pack", path.join(projectDir, "policy")];

describe("The policies", function () {
    this.timeout("5m");
    let project: Project;

    before(async () => {
        const stacks = {
            good: { parts: good },
            violating: { parts: Object.keys(violations) },
            uninstalled: { parts: ["istio"] },
        };
        project = await freshProject("policy", stacks);
        runProgram(project);
        setPolicies(settings);
        for (const stack of Object.keys(stacks)) {
            await pulumi(project, stack, "stack", "init");
        }
    });

    it("accept a stack that complies", async () => {
        const { exitCode, output } = await withPolicies("good", "preview");
        assert.equal(exitCode, 0, output);
        assert.deepEqual(found(output), []);
    });

    it("find every part that violates one, and say what to do", async () => {
        const { exitCode, output } = await withPolicies("violating", "preview");
        assert.notEqual(exitCode, 0);
        assert.deepEqual(found(output), Object.values(violations).flat().sort());
        for (const value of ["caAddress", "caName", "pilotCertProvider", "EXTERNAL_CA", "ENABLE_CA_SERVER"]) {
            assert.match(output, new RegExp(`${value} is .*: (proxies|istiod)`));
        }
        assert.doesNotMatch(output, /PRIVATE KEY/);
    });

    describe("if cacerts is removed and Istio stays", () => {
        before(() => plugIn("uninstalled"));

        it("fail the preview", async () => {
            const { exitCode, output } = await withPolicies("uninstalled", "preview");
            assert.notEqual(exitCode, 0);
            assert.match(output, / - +kubernetes:core\/v1:Secret cacerts delete/);
            assert.deepEqual(found(output), ["mandatory cacerts-kept istio"]);
        });

        it("stop the `up` before anything is deleted", async () => {
            const { exitCode, output } = await withPolicies("uninstalled", "up", "--yes", "--skip-preview");
            assert.notEqual(exitCode, 0);
            assert.doesNotMatch(output, /deleting/);
            const without = await pulumi(project, "uninstalled", "up", "--yes", "--skip-preview");
            assert.match(without.output, /cacerts deleting/);
        });
    });

    it("say so if they cannot see what is secret", async () => {
        setPolicies({ "ca-keys-secret": { enforcementLevel: "advisory" } });
        const { output } = await withPolicies("good", "preview");
        assert.ok(found(output).includes("advisory ca-keys-secret istio"), output);
        assert.match(output, /Set its enforcementLevel to `remediate`, or to `disabled`\./);
        setPolicies(settings);
    });

    function setPolicies(values: object) {
        fs.writeFileSync(path.join(project.dir, "settings.json"), JSON.stringify(values));
    }

    async function withPolicies(stack: string, ...args: string[]): Promise<Outcome> {
        return pulumi(project, stack, ...args, ...pack, "--policy-pack-config", "settings.json");
    }

    /** Puts `cacerts` into a stack's state as if it had been deployed. */
    async function plugIn(stack: string) {
        const exported = await pulumi(project, stack, "stack", "export");
        const state = JSON.parse(exported.output) as { deployment: { resources?: object[] } };
        const urn = (type: string, name: string) => `urn:pulumi:${stack}::istio-plugin-ca::${type}::${name}`;
        const providerUrn = urn("pulumi:providers:kubernetes", "mutable");
        const inputs = { metadata: { name: "cacerts", namespace: "istio-system" } };
        const secret = { apiVersion: "v1", kind: "Secret", ...inputs };
        state.deployment.resources = [
            { urn: providerUrn, type: "pulumi:providers:kubernetes", custom: true, id: "mutable" },
            {
                urn: urn("kubernetes:core/v1:Secret", "cacerts"),
                type: "kubernetes:core/v1:Secret",
                custom: true,
                id: "istio-system/cacerts",
                provider: `${providerUrn}::mutable`,
                inputs: secret,
                outputs: secret,
            },
        ];
        const file = path.join(project.dir, "state.json");
        fs.writeFileSync(file, JSON.stringify(state));
        const { exitCode, output } = await pulumi(project, stack, "stack", "import", "--file", file);
        assert.equal(exitCode, 0, output);
    }
});

describe("The policies on this project's own stacks", function () {
    this.timeout("5m");
    let project: Project;
    const root = { role: "standalone", deploy: false };

    before(async () => {
        const unreachable = {
            kubeconfig: path.join(localDir, "tests", "policy-own", "kubeconfig"),
            context: "none",
        };
        project = await freshProject("policy-own", {
            mesh: { role: "standalone", protectRoot: false, ...unreachable },
            root,
            signing: { role: "root" },
        });
        await pulumi(project, "mesh", "stack", "init");
        await pulumi(project, "root", "stack", "init");
        await pulumi(project, "signing", "stack", "init");
    });

    it("advise only to protect the root of a whole mesh if it is unprotected", async () => {
        const { exitCode, output } = await pulumi(project, "mesh", "preview", ...pack);
        assert.equal(exitCode, 0, output);
        assert.match(output, /command:local:Command istio-istioctl create/);
        assert.deepEqual(found(output), [
            "advisory root-key-protected root-cert",
            "advisory root-key-protected root-key",
        ]);
    });

    it("accept the root that signs: the one that it replaced is no longer protected, and is removed", async () => {
        const stack = "signing";
        const first = { role: "root", clusters: [] };
        for (const change of [
            {},
            { roots: ["root", "root-2"] },
            { roots: ["root", "root-2"], signingRoot: "root-2" },
            { roots: ["root-2"] },
        ]) {
            await changeSettings(project, { [stack]: { ...first, ...change } });
            const { exitCode, output } = await pulumi(project, stack, "up", "--yes", "--skip-preview");
            assert.equal(exitCode, 0, output);
        }
        const { output } = await pulumi(project, stack, "stack", "export");
        const { deployment } = JSON.parse(output) as {
            deployment: { resources: { urn: string; protect?: boolean }[] };
        };
        const roots = deployment.resources.filter(({ urn }) => /::root(-2)?(-key|-cert)?$/.test(urn));
        assert.deepEqual(
            roots.map(({ urn, protect }) => [urn.split("::").at(-1), protect]),
            [
                ["root-2", true],
                ["root-2-key", true],
                ["root-2-cert", true],
            ],
        );
    });

    it("report nothing about a protected root, which `destroy` spares while it is protected", async () => {
        const up = await pulumi(project, "root", "up", "--yes", "--skip-preview", ...pack);
        assert.equal(up.exitCode, 0, up.output);
        assert.deepEqual(found(up.output), []);
        const refused = await pulumi(project, "root", "destroy", "--yes", "--skip-preview");
        assert.notEqual(refused.exitCode, 0);
        assert.match(refused.output, /cannot be deleted\s+because it is protected/);
        await changeSettings(project, { root: { ...root, protectRoot: false } });
        assert.equal((await pulumi(project, "root", "up", "--yes", "--skip-preview")).exitCode, 0);
        const { exitCode, output } = await pulumi(project, "root", "destroy", "--yes", "--skip-preview");
        assert.equal(exitCode, 0, output);
    });
});

/** The violations in what Pulumi prints, as level, policy and resource. */
function found(output: string): string[] {
    const lines = output.matchAll(/^ +- \[(advisory|mandatory)\] +(\S+) +\(.*: (\S+)\)$/gm);
    return [...lines].map(([, level, policy, resource]) => `${level} ${policy} ${resource}`).sort();
}

/** Makes a project run the program of these tests instead of the checkout's. */
function runProgram(project: Project): void {
    const file = path.join(project.dir, "Pulumi.yaml");
    const { name, runtime, stackConfigDir } = parse(fs.readFileSync(file, "utf8")) as Record<string, unknown>;
    const main = path.relative(project.dir, path.join(__dirname, "policyProgram.ts"));
    fs.writeFileSync(file, stringify({ name, runtime, stackConfigDir, main }));
}
