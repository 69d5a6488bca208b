import { randomBytes } from "node:crypto";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { Cluster } from "./clusters/cluster";
import { environmentFile, ProjectEnvironment } from "../operations/project/environment";
import { binDir, kubeconfigPath, localProjectDir, projectDir } from "./paths";

type StackConfig = Record<string, unknown>;

/** A project of the embedded default: the checkout's program, with stacks, passphrases and a backend of its own. */
export interface LocalProject {
    /** Where it is. */
    dir: string;
    /** The settings of each stack, without the project's namespace. */
    stacks: Record<string, StackConfig>;
    /** PULUMI_HOME. */
    pulumiHome: string;
    /** Take over what a killed `up` had created but not yet recorded in its state. Default: false. */
    adoptExisting?: boolean;
    /** Leave settings unchanged that `stacks` does not give, such as those of a rotated root. Default: false. */
    keepSettings?: boolean;
}

/**
 * What the local mesh needs because its proxies run stock Envoy, which lacks Istio's filters. No other mesh does.
 */
const stockEnvoySettings = [
    "values.telemetry.enabled=false",
    "values.pilot.env.PILOT_ENABLE_METADATA_EXCHANGE=false",
    "values.pilot.env.PILOT_ENABLE_ALPN_FILTER=false",
    "values.global.imagePullPolicy=IfNotPresent",
];

/**
 * The settings that the examples of root and the clusters give, for local clusters of the same names.
 *
 * @param onCluster what a local cluster adds to a stack's settings
 * @param count how many clusters there are; those without an example have the first one's settings. Never fewer than stand already.
 */
export function localStacks(onCluster = onLocalCluster, count = 0): LocalProject["stacks"] {
    const folder = path.join(projectDir, "stacks", "examples");
    const example = (name: string) => readConfig(path.join(folder, `Pulumi.${name}.yaml`));
    const given = stacksIn(folder).filter((name) => example(name)["role"] === "cluster");
    const standing = stacksIn(path.join(localProjectDir, "stacks")).filter((name) => numbered.test(name));
    const wanted = Array.from({ length: count }, (_, i) => `cluster${i + 1}`);
    const clusters = [...new Set([...given, ...standing, ...wanted])].sort();
    const settings = clusters.map((name) => {
        const config = example(given.includes(name) ? name : given[0]!);
        return [name, onCluster(name, { ...config, context: name })] as const;
    });
    return { ...Object.fromEntries(settings), root: { ...example("root"), clusters } };
}

const numbered = /^cluster\d+$/;

/** The stacks whose settings are in a folder. */
function stacksIn(folder: string): string[] {
    const files = fs.existsSync(folder) ? fs.readdirSync(folder) : [];
    return files.flatMap((file) => /^Pulumi\.(.+)\.yaml$/.exec(file)?.[1] ?? []);
}

/** The clusters of these stacks. */
export function clusterNames(stacks: LocalProject["stacks"]): string[] {
    return Object.keys(stacks).filter((name) => stacks[name]!["role"] === "cluster");
}

/** A stack's settings for the local cluster of this name. */
export function onLocalCluster(cluster: string, config: StackConfig): StackConfig {
    const istioSet = [...stockEnvoySettings, ...((config["istioSet"] as string[] | undefined) ?? [])];
    return { ...config, kubeconfig: kubeconfigPath, context: cluster, istioSet };
}

/** The same stacks with clusters that are one mesh, and a stack that links them. The clusters are defined already. */
export function linked(stacks: LocalProject["stacks"]): LocalProject["stacks"] {
    const clusters = clusterNames(stacks);
    const members = clusters.map((name) => [name, { ...stacks[name], meshId: "local" }] as const);
    return { ...stacks, ...Object.fromEntries(members), mesh: linkingLocalClusters(clusters) };
}

/** The settings of a stack that links local clusters, which are defined already. */
export function linkingLocalClusters(clusters: string[]): StackConfig {
    const apiServers = clusters.map((name) => `${name}=https://${Cluster.find(name)!.nodeIp}:6443`);
    return { role: "mesh", clusters, kubeconfig: kubeconfigPath, apiServers };
}

/** The same for a cluster of kind, whose proxies run Istio's own images. */
export function onKindCluster(cluster: string, config: StackConfig): StackConfig {
    return { ...config, kubeconfig: kubeconfigPath, context: cluster };
}

/**
 * Writes a project's files. What exists already and must last stays: the passphrases, and the salts that Pulumi
 * adds to the stacks' settings.
 */
export function writeProject(project: LocalProject): void {
    const { dir, stacks, pulumiHome, adoptExisting = false, keepSettings = false } = project;
    const stacksDir = path.join(dir, "stacks");
    const passphrases = path.join(dir, "passphrases");
    const state = path.join(dir, "state");
    for (const folder of [dir, stacksDir, passphrases, state]) {
        fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    }
    const manifest = parse(fs.readFileSync(path.join(projectDir, "Pulumi.yaml"), "utf8")) as { main: string };
    const main = path.relative(dir, path.join(projectDir, manifest.main));
    fs.writeFileSync(
        path.join(dir, "Pulumi.yaml"),
        stringify({ ...manifest, main, stackConfigDir: "stacks" }),
    );
    for (const [name, config] of Object.entries(stacks)) {
        writeSettings(path.join(stacksDir, `Pulumi.${name}.yaml`), config, keepSettings);
        const passphrase = path.join(passphrases, name);
        if (!fs.existsSync(passphrase)) {
            fs.writeFileSync(passphrase, randomBytes(32).toString("base64"), { mode: 0o600 });
        }
    }
    const environment: ProjectEnvironment = {
        variables: {
            PULUMI_HOME: pulumiHome,
            // Without metadata, each file is replaced as a whole, so that no kill leaves an empty one.
            PULUMI_BACKEND_URL: `file://${state}?metadata=skip`,
            PULUMI_SKIP_UPDATE_CHECK: "true",
            // Pulumi prefers a language host or provider on PATH to those that belong to it: some official, others not.
            PULUMI_IGNORE_AMBIENT_PLUGINS: "true",
            ...(adoptExisting && { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" }),
        },
        path: [binDir],
        passphrases,
    };
    fs.writeFileSync(path.join(dir, environmentFile), JSON.stringify(environment, undefined, 4));
}

/** Removes the locks that a killed pulumi left on the stacks: their process is gone. */
export function removeStaleLocks(dir: string): void {
    const locks = path.join(dir, "state", ".pulumi", "locks");
    for (const file of fs.globSync("**/*.json", { cwd: locks })) {
        const { pid } = JSON.parse(fs.readFileSync(path.join(locks, file), "utf8")) as { pid: number };
        if (!fs.existsSync(`/proc/${pid}`)) {
            fs.rmSync(path.join(locks, file));
        }
    }
}

const namespace = "istio-plugin-ca:";

function readConfig(file: string): StackConfig {
    const { config = {} } = parse(fs.readFileSync(file, "utf8")) as { config?: StackConfig };
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key.replace(namespace, ""), value]),
    );
}

function writeSettings(file: string, values: StackConfig, keep: boolean): void {
    const text = fs.existsSync(file) ? fs.readFileSync(file, "utf8") : "{}";
    const before = parse(text) as { config?: StackConfig };
    const config = Object.fromEntries(Object.entries(values).map(([key, value]) => [namespace + key, value]));
    fs.writeFileSync(file, stringify({ ...before, config: { ...(keep && before.config), ...config } }));
}
