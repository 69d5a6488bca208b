import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import * as v from "valibot";
import { deploymentSettings } from "../../../operations/fleet/deploymentSettings";
import { operatorStacks } from "../../../operations/fleet/operatorStacks";
import { FakeProject } from "../support/fakeProject";

const text = v.string();
const bySecret = v.strictObject({
    type: v.literal("Secret"),
    secret: v.strictObject({ name: text, key: text, namespace: v.optional(text) }),
});
const literal = v.strictObject({ type: v.literal("Literal"), literal: v.strictObject({ value: text }) });

/**
 * The part of the operator's CRD that is used, by its names and types (pulumi/pulumi-kubernetes-operator
 * deploy/crds/pulumi.com_stacks.yaml, v1): a field that it does not have is refused.
 */
const crd = v.strictObject({
    apiVersion: v.literal("pulumi.com/v1"),
    kind: v.literal("Stack"),
    metadata: v.strictObject({ name: text, namespace: text }),
    spec: v.strictObject({
        stack: text,
        projectRepo: text,
        branch: text,
        repoDir: v.optional(text),
        backend: v.optional(text),
        secretsProvider: v.optional(text),
        prerequisites: v.optional(v.array(v.strictObject({ name: text }))),
        envRefs: v.record(text, v.union([bySecret, literal])),
        continueResyncOnCommitMatch: v.boolean(),
        resyncFrequencySeconds: v.pipe(v.number(), v.minValue(60)),
        retryMaxBackoffDurationSeconds: v.number(),
        useLocalStackOnly: v.boolean(),
        destroyOnFinalize: v.boolean(),
        serviceAccountName: text,
        workspaceTemplate: v.strictObject({
            spec: v.strictObject({
                image: text,
                podTemplate: v.optional(
                    v.strictObject({
                        spec: v.strictObject({
                            volumes: v.array(v.looseObject({ name: text })),
                            containers: v.array(v.looseObject({ name: v.literal("pulumi") })),
                        }),
                    }),
                ),
            }),
        }),
    }),
});

describe("The stacks of a fleet for other engines", () => {
    let project: FakeProject;
    const where = { repo: "https://git.example.com/mesh", image: "pulumi-istio:1" };

    before(() => {
        project = new FakeProject(
            {
                root: { role: "root", clusters: ["one", "two"] },
                one: { role: "cluster" },
                two: { role: "cluster" },
                bare: { role: "cluster", deploy: false },
                mesh: { role: "mesh", clusters: ["one", "two"] },
            },
            () => ({}),
        );
        const file = path.join(project.settingsDir, "Pulumi.two.yaml");
        const encrypted = "encryptionsalt: v1:salt";
        fs.writeFileSync(file, project.text("two").replace(encrypted, "secretsprovider: awskms://alias/two"));
    });

    after(() => project.remove());

    function stacks(options: Partial<Parameters<typeof operatorStacks>[2]> = {}) {
        const found = operatorStacks(project, project.stacks(), { ...where, ...options });
        return Object.fromEntries(
            found.map((each) => v.parse(crd, each)).map((each) => [each.metadata.name, each.spec]),
        );
    }

    it("are objects of the operator, one for each, that are brought up again and again", () => {
        const all = stacks();
        assert.deepEqual(Object.keys(all), ["bare", "mesh", "one", "root", "two"]);
        for (const spec of Object.values(all)) {
            assert.equal(spec.continueResyncOnCommitMatch, true);
            assert.equal(spec.retryMaxBackoffDurationSeconds, spec.resyncFrequencySeconds);
        }
    });

    it("are neither created nor destroyed by the operator", () => {
        for (const { useLocalStackOnly, destroyOnFinalize } of Object.values(stacks())) {
            assert.deepEqual([useLocalStackOnly, destroyOnFinalize], [true, false]);
        }
    });

    it("get their secrets from Secrets, and a kubeconfig only if they have a cluster", () => {
        const { root, one, two, bare } = stacks();
        assert.deepEqual(root!.envRefs["PULUMI_CONFIG_PASSPHRASE"], {
            type: "Secret",
            secret: { name: "root-passphrase", key: "passphrase" },
        });
        assert.deepEqual(Object.keys(root!.envRefs), ["PULUMI_ACCESS_TOKEN", "PULUMI_CONFIG_PASSPHRASE"]);
        // A Secret that nobody has a reason to make would keep the pod from starting.
        for (const { workspaceTemplate, envRefs } of [root!, bare!]) {
            assert.equal(workspaceTemplate.spec.podTemplate, undefined);
            assert.ok(!("KUBECONFIG" in envRefs));
        }
        assert.equal(root!.secretsProvider, undefined);
        assert.equal(two!.secretsProvider, "awskms://alias/two");
        assert.deepEqual(Object.keys(two!.envRefs), ["PULUMI_ACCESS_TOKEN", "KUBECONFIG"]);
        assert.deepEqual(one!.workspaceTemplate.spec.podTemplate!.spec.volumes, [
            { name: "kubeconfig", secret: { secretName: "one-kubeconfig" } },
        ]);
    });

    it("wait for nothing, but for the links, which wait for their clusters", () => {
        const { root, one, mesh } = stacks();
        assert.deepEqual([root!.prerequisites, one!.prerequisites], [undefined, undefined]);
        assert.deepEqual(mesh!.prerequisites, [{ name: "one" }, { name: "two" }]);
    });

    it("have the backend and the organization that are asked for", () => {
        const { one } = stacks({ backend: "s3://states", organization: "organization", repoDir: "mesh" });
        assert.deepEqual(
            [one!.stack, one!.backend, one!.repoDir],
            ["organization/one", "s3://states", "mesh"],
        );
        assert.ok(!("PULUMI_ACCESS_TOKEN" in one!.envRefs));
    });

    it("are settings of Pulumi Deployments, too", () => {
        const { root } = deploymentSettings(project.stacks(), { ...where, branch: "live" });
        assert.deepEqual(root, {
            executorContext: { executorImage: { reference: "pulumi-istio:1" } },
            sourceContext: { git: { repoURL: where.repo, branch: "live" } },
            operationContext: { options: { skipInstallDependencies: false } },
        });
    });
});
