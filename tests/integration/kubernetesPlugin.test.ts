import assert from "node:assert/strict";
import * as clusters from "../../local/clusters";
import { kubeconfigPath } from "../../local/paths";
import { secret } from "../../local/plugins/properties";
import { PropertyMap } from "../../local/plugins/provider";
import { PluginProcess } from "../plugins/pluginProcess";
import { Answer, Exchange, Json, recordedExchanges, some } from "../plugins/replay";
import { freshClusters, kubectl } from "./fixture";

const cluster = "plugin";
const exchanges = recordedExchanges("kubernetes");

describe("the stand-in for the kubernetes plugin, with a cluster", function () {
    this.timeout(300_000);
    let plugin: PluginProcess;

    before(async () => {
        await freshClusters([cluster]);
        plugin = await configured();
    });
    after(async () => {
        await plugin.stop();
        await clusters.down([cluster]);
    });

    describe("answers the program edge as the official plugin did", () => {
        replay("edge", ["1-create", "2a-preview-update", "2b-update"]);
        it("fails with the official words", async () => {
            const failing = recorded("edge", "5-create-errors");
            await Promise.all(failing.map((exchange) => replayed(plugin, exchange)));
        });
        it("says what an image that never arrives kept from being ready", async () => {
            const [bad] = recorded("edge", "5-create-errors").filter(
                ({ request }) => request["name"] === "bad",
            );
            await plugin.call("Delete", { ...bad!.request, id: "edge/bad", ...deletable(bad!.request) });
            const { error, initFailed } = await plugin.call("Create", { ...bad!.request, timeout: 5 });
            assert.equal(initFailed!["id"], "edge/bad");
            const [message, ...reasons] = initFailed!["reasons"] as string[];
            assert.equal(message, error);
            assert.deepEqual(reasons.slice(0, 2), [
                "[MinimumReplicasUnavailable] Deployment does not have minimum availability.",
                "Minimum number of live Pods was not attained",
            ]);
            assert.match(
                reasons[2]!,
                /^\[Pod edge\/bad-\w+-\w+\]: containers with unready status: \[x\]\[ErrImageNeverPull\] Container image/,
            );
        });
        replay("edge", ["9-destroy"]);
        it("leaves nothing behind", async () => {
            assert.equal(await kubectl(cluster, "get", "namespace", "edge", "--ignore-not-found"), "");
        });
    });

    describe("answers the program mesh as the official plugin did", () => {
        let mutable: PluginProcess;
        before(async () => (mutable = await configured({ enableSecretMutable: "true" })));
        after(() => mutable.stop());

        replay("mesh", ["1-preview-create"], () => mutable);
        it("creates a kind that is registered in the cluster meanwhile", async () => {
            const { response, error } = await mutable.call("Create", {
                ...named(definition),
                properties: definition,
            });
            assert.equal(error, undefined);
            assert.equal(response!["id"], "peerauthentications.security.istio.io");
        });
        replay("mesh", ["2-up-create", "4-refresh-same", "6-up-renew"], () => mutable);

        it("sees on a refresh what was changed and what is gone", async () => {
            await kubectl(
                cluster,
                "-n",
                "foo",
                "set",
                "image",
                "deployment/httpbin",
                "httpbin=docker.io/none/none:1",
            );
            await kubectl(cluster, "-n", "foo", "delete", "deployment", "sleep");
            const [httpbin, sleep] = recorded("mesh", "4-refresh-same").filter(isDeployment);
            const reads = [httpbin!, sleep!].toSorted(byName);
            const changed = await mutable.call("Read", reads[0]!.request);
            assert.equal(changed.error, "Resource 'httpbin' was created but failed to initialize");
            const inputs = JSON.stringify(changed.initFailed!["inputs"]);
            assert.match(inputs, /docker\.io\/none\/none:1/);
            assert.deepEqual(await mutable.call("Read", reads[1]!.request), { response: {} });
        });

        it("imports an object with all that the program would have to declare", async () => {
            const { response } = await mutable.call("Read", {
                ...named({ apiVersion: "v1", kind: "Secret", name: "cacerts" }),
                id: "istio-system/cacerts",
            });
            const inputs = response!["inputs"] as PropertyMap;
            assert.deepEqual(Object.keys(inputs).toSorted(), [
                "apiVersion",
                "data",
                "kind",
                "metadata",
                "type",
            ]);
            assert.deepEqual(inputs["metadata"], { name: "cacerts", namespace: "istio-system" });
            const [created] = recorded("mesh", "6-up-renew").filter(
                ({ request }) => request["name"] === "cacerts",
            );
            assert.deepEqual(inputs["data"], (created!.request["news"] as PropertyMap)["data"]);
        });
        replay("mesh", ["9-destroy"], () => mutable);
    });

    describe("beyond what was recorded", () => {
        const configMap = {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "x", namespace: "default" },
        };
        const create = async (properties: Json): Promise<PropertyMap> => {
            const { response, error } = await plugin.call("Create", { ...named(properties), properties });
            assert.equal(error, undefined);
            return response!["properties"] as PropertyMap;
        };
        const update = async (olds: Json, news: Json, options: Json = {}): Promise<Answer> =>
            plugin.call("Update", { ...named(news), id: "default/x", olds, news, ...options });
        const remove = async (properties: Json, timeout = 30): Promise<Answer> =>
            plugin.call("Delete", { ...named(properties), id: "default/x", properties, timeout });

        it("refuses to take over an object that exists", async () => {
            const state = await create({ ...configMap, data: { a: "1" } });
            const { error } = await plugin.call("Create", { ...named(configMap), properties: configMap });
            // The text of pulumi-kubernetes 4.32.0, provider/pkg/await/await.go, Creation.
            assert.equal(
                error,
                'resource "urn:pulumi:s::p::kubernetes:core/v1:ConfigMap::x" was not successfully created by the ' +
                    `Kubernetes API server: configmaps "x" already exists

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use \`pulumi import\`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create.`,
            );
            await remove(state);
        });

        it("does not overwrite what another manager has set, unless asked to", async () => {
            const state = await create({ ...configMap, data: { a: "1" } });
            await kubectl(
                cluster,
                "patch",
                "configmap",
                "x",
                "--field-manager=other",
                "-p",
                '{"data":{"a":"2"}}',
            );
            const news = { ...configMap, data: { a: "3" } };
            const refused = await update(state, news);
            assert.match(
                refused.error!,
                // The text of pulumi-kubernetes 4.32.0, provider/pkg/await/await.go, handleSSAErr.
                /^the Kubernetes API server reported that "default\/x" failed to fully initialize or become live: server-side apply field conflict detected, see https:\S+ for troubleshooting help\nThe resource managed by field manager "pulumi-kubernetes-[0-9a-f]{8}" had an apply conflict: Apply failed with 1 conflict: conflict with "other" using v1: \.data\.a$/,
            );
            assert.deepEqual((refused.initFailed!["properties"] as PropertyMap)["data"], { a: "2" });
            const ignored = await update(
                state,
                { ...news, data: { ...news.data, b: "1" } },
                { ignoreChanges: ["data.a"] },
            );
            assert.deepEqual((ignored.response!["properties"] as PropertyMap)["data"], { a: "2", b: "1" });
            const forced = {
                ...news,
                metadata: { ...news.metadata, annotations: { "pulumi.com/patchForce": "true" } },
            };
            const { response } = await update(state, forced);
            assert.deepEqual((response!["properties"] as PropertyMap)["data"], { a: "3" });
            await remove(state);
        });

        it("removes what a program no longer declares, and nothing else", async () => {
            const state = await create({ ...configMap, data: { a: "1", b: "1" } });
            await kubectl(
                cluster,
                "patch",
                "configmap",
                "x",
                "--field-manager=other",
                "-p",
                '{"data":{"c":"1"}}',
            );
            const { response } = await update(state, { ...configMap, data: { a: "1" } });
            assert.deepEqual((response!["properties"] as PropertyMap)["data"], { a: "1", c: "1" });
            await remove(state);
        });

        it("keeps secret what the program gave as a secret, and the data of every Secret", async () => {
            const properties = { ...configMap, data: { a: secret("hush"), b: "open" } };
            const state = await create(properties);
            assert.deepEqual(state["data"], properties.data);
            await remove(state);
            const plain = await create({ ...configMap, kind: "Secret", data: { a: "aHVzaA==" } });
            assert.deepEqual(plain["data"], secret({ a: "aHVzaA==" }));
            await remove(plain);
            assert.equal(
                plugin.messages.some((message) => message.includes("hush")),
                false,
            );
        });

        it("waits for an object to be gone, up to its limit", async () => {
            const properties = {
                ...configMap,
                metadata: { ...configMap.metadata, finalizers: ["example.com/hold"] },
            };
            const state = await create(properties);
            const { error, initFailed } = await remove(state, 1);
            assert.equal(error, "timed out waiting for the condition");
            assert.equal(initFailed!["id"], "default/x");
            assert.ok(
                plugin.messages.includes(
                    "warning: finalizers might be preventing deletion (example.com/hold)",
                ),
            );
            const removed = remove(state);
            await kubectl(
                cluster,
                "patch",
                "configmap",
                "x",
                "--type=merge",
                "-p",
                '{"metadata":{"finalizers":null}}',
            );
            assert.deepEqual(await removed, { response: {} });
            assert.deepEqual(await remove(state), { response: {} });
        });

        it("previews a conflict, as it would fail the update", async () => {
            const state = await create({ ...configMap, data: { a: "1" } });
            const { response } = await update(state, { ...configMap, data: { a: "2" } });
            const updated = response!["properties"] as PropertyMap;
            await kubectl(
                cluster,
                "patch",
                "configmap",
                "x",
                "--field-manager=other",
                "-p",
                '{"data":{"a":"3"}}',
            );
            const { error } = await update(updated, { ...configMap, data: { a: "4" } }, { preview: true });
            assert.match(error!, /Apply failed with 1 conflict: conflict with "other" using v1: \.data\.a$/);
            await remove(state);
        });

        it("patches without server-side apply if the program says so", async () => {
            const patching = await configured({ enableServerSideApply: "false" });
            const properties = { ...configMap, data: { a: "1", b: "1" } };
            const created = await patching.call("Create", { ...named(properties), properties });
            const olds = created.response!["properties"] as Json;
            await kubectl(
                cluster,
                "patch",
                "configmap",
                "x",
                "--field-manager=other",
                "-p",
                '{"data":{"c":"1"}}',
            );
            const news = { ...configMap, data: { a: "2" } };
            const { response } = await patching.call("Update", {
                ...named(news),
                id: "default/x",
                olds,
                news,
            });
            const state = response!["properties"] as PropertyMap;
            assert.deepEqual(state["data"], { a: "2", c: "1" });
            assert.equal(state["__fieldManager"], "pulumi-kubernetes");
            await patching.stop();
            await remove(state);
        });

        it("ends what it waits for when the user cancels", async () => {
            const cancelled = await configured();
            const properties = {
                ...configMap,
                kind: "Pod",
                spec: {
                    containers: [{ name: "x", image: "docker.io/none/none:1", imagePullPolicy: "Never" }],
                },
            };
            const created = cancelled.call("Create", { ...named(properties), properties });
            await kubectl(cluster, "wait", "--for=create", "--timeout=20s", "pod/x");
            await cancelled.call("Cancel", {});
            assert.match((await created).error!, /: Resource operation was cancelled for "x"$/);
            await cancelled.stop();
            await kubectl(cluster, "delete", "pod", "x", "--now");
        });

        it("says what another manager has set when it may not overwrite it, taking over", async () => {
            const state = await create({ ...configMap, data: { a: "1" } });
            const taking = await configured({ upsertExistingObjects: "true" });
            const properties = { ...configMap, data: { a: "2" } };
            const { error } = await taking.call("Create", { ...named(properties), properties });
            assert.match(
                error!,
                /^resource "\S+" was not successfully created by the Kubernetes API server: server-side apply field conflict detected, see https:\S+ for troubleshooting help\nThe resource managed by field manager /,
            );
            await taking.stop();
            await remove(state);
        });

        it("takes over an existing object if upsertExistingObjects says so", async () => {
            await kubectl(cluster, "create", "configmap", "x", "--from-literal=a=1");
            const upserting = await configured({ upsertExistingObjects: "true", enablePatchForce: "true" });
            const properties = { ...configMap, data: { a: "2" } };
            const { response } = await upserting.call("Create", { ...named(properties), properties });
            const state = response!["properties"] as PropertyMap;
            assert.deepEqual(state["data"], { a: "2" });
            await upserting.stop();
            await remove(state);
        });
    });

    /** One test for each recorded call that needs a cluster. */
    function replay(program: string, files: string[], of: () => PluginProcess = () => plugin): void {
        for (const exchange of files.flatMap((file) => some(recorded(program, file)))) {
            it(exchange.source, () => replayed(of(), exchange));
        }
    }
});

async function configured(config: Record<string, string> = {}): Promise<PluginProcess> {
    const plugin = await PluginProcess.start("kubernetes");
    const variables = Object.entries({ kubeconfig: kubeconfigPath, context: cluster, ...config }).map(
        ([key, value]) => [`kubernetes:config:${key}`, value],
    );
    await plugin.call("Configure", { variables: Object.fromEntries(variables) as Json, acceptSecrets: true });
    return plugin;
}

/** The recorded calls of one command that need a cluster. */
function recorded(program: string, file: string): Exchange[] {
    return exchanges.filter(
        ({ source, method }) =>
            source.startsWith(`${program}-${file}:`) &&
            ["Create", "Read", "Update", "Delete"].includes(method),
    );
}

async function replayed(
    plugin: PluginProcess,
    { method, request, response, error }: Exchange,
): Promise<void> {
    const answer = await plugin.call(method, request);
    assert.deepEqual(
        comparable({ response: answer.response, error: answer.error }),
        comparable({ response, error }),
    );
}

/** The answer without what a cluster and the clock decide. */
function comparable(value: unknown, name = ""): unknown {
    if (volatile.has(name)) {
        return "any";
    }
    if (Array.isArray(value)) {
        const elements = value.map((element) => comparable(element));
        return orderedByTime.has(name)
            ? elements.map((element) => JSON.stringify(element)).toSorted()
            : elements;
    }
    if (typeof value === "object" && value !== null) {
        return Object.fromEntries(
            Object.entries(value).map(([key, member]) => [key, comparable(member, key)]),
        );
    }
    return typeof value === "string"
        ? value
              .replace(/^pulumi-kubernetes-[0-9a-f]{8}$/, "pulumi-kubernetes-any")
              // The hash is of a pod template with all its fields, which other releases of Kubernetes compute differently.
              .replace(/^(ReplicaSet ".*-)[0-9a-f]{8,10}" /, '$1any" ')
        : value;
}

const volatile = new Set([
    "clusterIP",
    "clusterIPs",
    "creationTimestamp",
    "lastTransitionTime",
    "lastUpdateTime",
    "resourceVersion",
    "time",
    "uid",
]);

/** In one second or in two, in one order or the other. */
const orderedByTime = new Set(["conditions", "managedFields"]);

/** What a request about an object says of its resource. */
function named(properties: Json): Json {
    const { apiVersion, kind } = properties as { apiVersion: string; kind: string };
    const type = `kubernetes:${apiVersion.includes("/") ? apiVersion : `core/${apiVersion}`}:${kind}`;
    return { type, name: "x", urn: `urn:pulumi:s::p::${type}::x` };
}

function deletable({ properties }: Json): Json {
    return { properties: { ...(properties as Json), __inputs: properties } };
}

function isDeployment({ request }: Exchange): boolean {
    return (request["type"] as string).endsWith(":Deployment");
}

function byName(left: Exchange, right: Exchange): number {
    return (left.request["name"] as string).localeCompare(right.request["name"] as string);
}

/** Istio's kind, which the program mesh had from istioctl. */
const definition = {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name: "peerauthentications.security.istio.io" },
    spec: {
        group: "security.istio.io",
        names: { kind: "PeerAuthentication", plural: "peerauthentications" },
        scope: "Namespaced",
        versions: [
            {
                name: "v1",
                served: true,
                storage: true,
                schema: { openAPIV3Schema: { type: "object", properties: { spec: anyObject() } } },
            },
        ],
    },
};

function anyObject(): Json {
    return {
        type: "object",
        properties: { mtls: { type: "object", properties: { mode: { type: "string" } } } },
    };
}
