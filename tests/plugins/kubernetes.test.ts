import assert from "node:assert/strict";
import { isDeepStrictEqual } from "node:util";
import * as path from "node:path";
import { isSecret, secret, unknownValue } from "../../local/plugins/properties";
import { PropertyMap } from "../../local/plugins/provider";
import { PluginProcess } from "./pluginProcess";
import { Answer, Exchange, Json, lowerCaseKeys, mapStrings, recordedExchanges, some } from "./replay";

const exchanges = recordedExchanges("kubernetes");

/** The recorded programs' configuration. */
const programs: Record<string, Record<string, string>> = { edge: {}, mesh: { enableSecretMutable: "true" } };

/** A kubeconfig that does not exist: nothing here may need a cluster. */
const noKubeconfig = path.join(__dirname, "no-kubeconfig");

describe("the stand-in for the kubernetes plugin", function () {
    this.timeout(60_000);

    for (const [program, config] of Object.entries(programs)) {
        describe(`answers the program ${program} as the official plugin did`, () => {
            let plugin: PluginProcess;
            before(async () => (plugin = await configured(config)));
            after(() => plugin.stop());
            const ofProgram = exchanges.filter(({ source }) => source.startsWith(program));
            for (const exchange of some(ofProgram.filter(needsNoCluster))) {
                it(exchange.source, async () => {
                    const { method, request } = exchange;
                    assert.deepEqual(comparable(await plugin.call(method, request)), comparable(exchange));
                });
            }
        });
    }

    describe("beyond what was recorded", () => {
        let plugin: PluginProcess;
        before(async () => (plugin = await configured({ namespace: "team" })));
        after(() => plugin.stop());

        const check = async (type: string, news: Json, olds: Json = {}): Promise<Json> => {
            const { response, error } = await plugin.call("Check", { ...named(type), news, olds });
            assert.equal(error, undefined);
            return response!["inputs"] as Json;
        };
        const diff = async (type: string, live: Json, news: Json, request: Json = {}): Promise<Json> => {
            const olds = {
                ...live,
                __inputs: live,
                __initialApiVersion: "v1",
                __fieldManager: "pulumi-kubernetes-0",
            };
            const { response, error } = await plugin.call("Diff", {
                ...named(type),
                id: "n/x",
                olds,
                news,
                ...request,
            });
            assert.equal(error, undefined);
            return response!;
        };

        it("gives namespaced objects the provider's namespace and other objects none", async () => {
            const configMap = await check("core/v1:ConfigMap", object("v1", "ConfigMap"));
            assert.deepEqual(configMap["metadata"], { name: "x", namespace: "team" });
            const role = await check("rbac.authorization.k8s.io/v1:ClusterRole", object(rbac, "ClusterRole"));
            assert.deepEqual(role["metadata"], { name: "x" });
        });

        it("generates the same name from the same seed and keeps it for the resource's life", async () => {
            const news = { apiVersion: "v1", kind: "ConfigMap" };
            const first = await check("core/v1:ConfigMap", news);
            assert.match((first["metadata"] as Json)["name"] as string, /^x-[0-9a-f]{8}$/);
            assert.deepEqual(await check("core/v1:ConfigMap", news), first);
            assert.deepEqual(await check("core/v1:ConfigMap", { ...news, data: { a: "b" } }, first), {
                ...first,
                data: { a: "b" },
            });
        });

        it("encodes stringData over data, and marks both secret even if the program does not", async () => {
            const inputs = await check("core/v1:Secret", {
                ...object("v1", "Secret"),
                data: { a: "b2xk", b: "a2VwdA==" },
                stringData: { a: "new" },
            });
            assert.deepEqual(inputs["data"], secret({ a: "bmV3", b: "a2VwdA==" }));
            assert.equal("stringData" in inputs, false);
        });

        it("leaves inputs with unknowns as they are", async () => {
            const inputs = await check("core/v1:Secret", {
                ...object("v1", "Secret"),
                stringData: { a: unknownValue, b: "known" },
            });
            assert.deepEqual(inputs["stringData"], secret({ a: unknownValue, b: "known" }));
        });

        it("keeps a value secret that is within a list, by the whole list", async () => {
            const inputs = await check("core/v1:Pod", {
                ...object("v1", "Pod"),
                spec: { containers: [{ name: "x", env: [{ name: "A", value: secret("hush") }] }] },
            });
            assert.equal(isSecret((inputs["spec"] as PropertyMap)["containers"]), true);
        });

        it("replaces a Deployment when its selector changes, the old one first", async () => {
            const news = {
                ...object("apps/v1", "Deployment"),
                spec: { selector: { matchLabels: { app: "y" } } },
            };
            const live = { ...news, spec: { selector: { matchLabels: { app: "x" } } } };
            const answer = await diff("apps/v1:Deployment", live, news);
            assert.deepEqual(answer["replaces"], ["spec.selector.matchLabels.app"]);
            assert.equal(answer["deletebeforereplace"], true);
        });

        it("replaces an object when it moves to another namespace, the new one first", async () => {
            const live = object("v1", "ServiceAccount", { namespace: "a" });
            const answer = await diff(
                "core/v1:ServiceAccount",
                live,
                object("v1", "ServiceAccount", { namespace: "b" }),
            );
            assert.deepEqual(answer["replaces"], ["metadata.namespace"]);
            assert.equal(answer["deletebeforereplace"], undefined);
        });

        it("compares lists element by element", async () => {
            const pod = (...containers: Json[]): Json => ({
                ...object("apps/v1", "Deployment"),
                spec: { containers },
            });
            const answer = await diff(
                "apps/v1:Deployment",
                pod({ name: "a", image: "i:1", command: ["c"] }, { name: "b" }),
                pod({ name: "a", image: "i:2" }, { name: "b" }, { name: "c" }),
            );
            assert.deepEqual(answer["detaileddiff"], {
                "spec.containers[0].command": { kind: "DELETE", inputdiff: true },
                "spec.containers[0].image": { kind: "UPDATE" },
                "spec.containers[2]": {},
            });
        });

        it("sees no difference on the paths that the program ignores", async () => {
            const live = { ...object("v1", "ConfigMap"), data: { "a.b": "1", c: "1" } };
            const news = { ...live, data: { "a.b": "2", c: "2" } };
            const some = await diff("core/v1:ConfigMap", live, news, { ignoreChanges: ['data["a.b"]'] });
            assert.deepEqual(Object.keys(some["detaileddiff"] as Json), ["data.c"]);
            const none = await diff("core/v1:ConfigMap", live, news, { ignoreChanges: ["data"] });
            assert.equal(none["changes"], "DIFF_NONE");
        });

        it("replaces the provider's resources only if its cluster is another one", async () => {
            const kubeconfig = (server: string, user: string): string =>
                JSON.stringify({
                    "current-context": "x",
                    contexts: [{ name: "x", context: { cluster: "x", user } }],
                    clusters: [{ name: "x", cluster: { server } }],
                });
            const change = async (before: string, after: string): Promise<Json> => {
                const request = { ...named("k"), olds: { kubeconfig: before }, news: { kubeconfig: after } };
                return (await plugin.call("DiffConfig", request)).response!;
            };
            const [a, b] = ["https://a", "https://b"];
            const expected = { changes: "DIFF_SOME", diffs: ["kubeconfig"] };
            assert.deepEqual(await change(kubeconfig(a, "u"), kubeconfig(a, "v")), expected);
            assert.deepEqual(await change(kubeconfig(a, "u"), kubeconfig(b, "u")), {
                ...expected,
                replaces: ["kubeconfig"],
            });
        });

        it("says which part of the official plugin it lacks", async () => {
            const { error } = await plugin.call("Check", { ...named("helm.sh/v3:Release"), news: {} });
            const type = "kubernetes:helm.sh/v3:Release";
            assert.equal(error, `resource type ${type} needs the official Pulumi kubernetes provider`);
        });
    });

    describe("without a cluster", () => {
        let plugin: PluginProcess;
        before(async () => (plugin = await configured({})));
        after(() => plugin.stop());
        const inputs = object("v1", "ConfigMap");
        const state = { ...inputs, __inputs: inputs, __initialApiVersion: "v1", __fieldManager: "m" };

        it("fails to create, update, read and delete, in the official words", async () => {
            const create = await plugin.call("Create", { ...named("core/v1:ConfigMap"), properties: inputs });
            assert.match(
                create.error!,
                /^configured Kubernetes cluster is unreachable: failed to parse kubeconfig data/,
            );
            const update = await plugin.call("Update", {
                ...named("core/v1:ConfigMap"),
                olds: state,
                news: inputs,
            });
            assert.match(
                update.error!,
                /^configured Kubernetes cluster is unreachable: failed to parse kubeconfig data/,
            );
            const remedy =
                "If the cluster was deleted, you can remove this resource from Pulumi state by rerunning the operation " +
                'with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"';
            const id = { id: "team/x", properties: state };
            const read = await plugin.call("Read", { ...named("core/v1:ConfigMap"), ...id, inputs });
            assert.equal(read.error, `failed to read resource state due to unreachable cluster. ${remedy}`);
            const remove = await plugin.call("Delete", { ...named("core/v1:ConfigMap"), ...id });
            assert.equal(remove.error, `configured Kubernetes cluster is unreachable. ${remedy}`);
            assert.match(
                plugin.messages[0]!,
                /^warning: configured Kubernetes cluster is unreachable: failed to/,
            );
        });

        it("forgets resources if the user says so", async () => {
            const forgetful = await configured({}, { PULUMI_K8S_DELETE_UNREACHABLE: "true" });
            const id = { id: "team/x", properties: state };
            const read = await forgetful.call("Read", { ...named("core/v1:ConfigMap"), ...id, inputs });
            assert.deepEqual(read, { response: {} });
            assert.deepEqual(await forgetful.call("Delete", { ...named("core/v1:ConfigMap"), ...id }), {
                response: {},
            });
            await forgetful.stop();
        });

        it("names the API server that does not answer", async () => {
            const kubeconfig = JSON.stringify({
                "current-context": "x",
                contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
                clusters: [{ name: "x", cluster: { server: "https://127.0.0.1:1" } }],
                users: [{ name: "x", user: {} }],
            });
            await configure(plugin, { kubeconfig });
            const { error } = await plugin.call("Create", {
                ...named("core/v1:ConfigMap"),
                properties: inputs,
            });
            assert.equal(
                error,
                "configured Kubernetes cluster is unreachable: unable to load schema information from the API server: " +
                    'Get "https://127.0.0.1:1/version": dial tcp 127.0.0.1:1: connect: connection refused',
            );
        });

        it("does not repeat a broken kubeconfig's content", async () => {
            await configure(plugin, { kubeconfig: "users: [{name: x, user: {token: hush" });
            const { error } = await plugin.call("Create", {
                ...named("core/v1:ConfigMap"),
                properties: inputs,
            });
            assert.doesNotMatch(error!, /hush/);
        });

        it("says how to get one when none is configured", async () => {
            const nowhere = {
                KUBECONFIG: "",
                HOME: path.join(__dirname, "no-home"),
                KUBERNETES_SERVICE_HOST: "",
            };
            const lost = await configured({ kubeconfig: "" }, nowhere);
            const { error } = await lost.call("Create", {
                ...named("core/v1:ConfigMap"),
                properties: inputs,
            });
            assert.match(
                error!,
                /unable to load Kubernetes client configuration from kubeconfig file. Make sure you have:/,
            );
            await lost.stop();
        });
    });
});

const rbac = "rbac.authorization.k8s.io/v1";

async function configured(
    config: Record<string, string>,
    env: NodeJS.ProcessEnv = {},
): Promise<PluginProcess> {
    const plugin = await PluginProcess.start("kubernetes", env);
    await configure(plugin, config);
    return plugin;
}

async function configure(plugin: PluginProcess, config: Record<string, string>): Promise<void> {
    const variables = Object.entries({ kubeconfig: noKubeconfig, ...config }).map(([key, value]) => [
        `kubernetes:config:${key}`,
        value,
    ]);
    await plugin.call("Configure", { variables: Object.fromEntries(variables) as Json, acceptSecrets: true });
}

/**
 * Whether the official plugin answered without asking an API server; a preview then returns what it
 * was given.
 */
function needsNoCluster({ method, request, response, error }: Exchange): boolean {
    const given = { Create: request["properties"], Update: request["news"] }[method];
    if (error === "grpc: the client connection is closing") {
        return false; // The engine itself had given up.
    }
    return given === undefined
        ? !["Create", "Read", "Update", "Delete"].includes(method)
        : request["preview"] === true && isDeepStrictEqual(response?.["properties"], given);
}

/** The answer without the plugin's version and the end of generated names. */
function comparable({ response, error }: Answer): Answer {
    if (!response) {
        return { error };
    }
    const detailedDiff = Object.entries((response["detaileddiff"] ?? {}) as Record<string, Json>).map(
        ([property, difference]) => [property, { kind: "ADD", ...lowerCaseKeys(difference) }],
    );
    const { version, ...rest } = response;
    return mapStrings(
        {
            response: {
                ...rest,
                ...(version !== undefined && { version: "any" }),
                ...(detailedDiff.length > 0 && { detaileddiff: Object.fromEntries(detailedDiff) as Json }),
            },
        },
        (text) => text.replace(/^cm-[0-9a-f]{8}$/, "cm-any"),
    ) as Answer;
}

function named(type: string): Json {
    return { type: `kubernetes:${type}`, name: "x", urn: `urn:pulumi:s::p::kubernetes:${type}::x` };
}

function object(apiVersion: string, kind: string, metadata: Json = {}): Json {
    return { apiVersion, kind, metadata: { name: "x", ...metadata } };
}
