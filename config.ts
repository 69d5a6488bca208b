import * as os from "node:os";
import * as path from "node:path";
import * as fs from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { parse } from "yaml";
import { CaProfile, KeyAlgorithm, keyAlgorithms, ProfileName, profiles } from "./pki/profile";

/** What every stack knows. */
interface CommonSettings {
    profile: CaProfile;
}

/** A stack that holds the root CA and signs for the clusters. */
export interface RootSettings extends CommonSettings {
    role: "root";
    /** The stacks of the clusters. */
    clusters: string[];
}

/** Where and how one cluster's mesh is installed. */
export interface MeshSettings {
    kubeconfig: string;
    context: string;
    istioProfile: string;
    istioSet: string[];
    /** The text of an IstioOperator file. */
    istioOperator: string | undefined;
    workloads: boolean;
    injection: Injection;
    verification: boolean;
    verificationTimeoutSeconds: number;
}

/** A stack that holds one cluster's intermediate CA and its mesh. */
export interface ClusterSettings extends CommonSettings {
    role: "cluster";
    cluster: string;
    generation: number;
    /** The stack that signs, by its name or as organization/project/stack. */
    rootStack: string;
    /** Undefined where the stack makes the CA and installs nothing. */
    mesh: MeshSettings | undefined;
}

/** A stack that holds both a root CA and one cluster. */
export interface StandaloneSettings extends CommonSettings {
    role: "standalone";
    cluster: string;
    generation: number;
    mesh: MeshSettings | undefined;
}

export type Settings = RootSettings | ClusterSettings | StandaloneSettings;

const injections = ["label", "kube-inject"] as const;
export type Injection = (typeof injections)[number];

const roles = ["root", "cluster", "standalone"] as const;

/** A DNS label (RFC 1123): the cluster's name becomes part of resource names and of the certificate's subject. */
const clusterName = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;

/**
 * Reads and checks this stack's settings; Pulumi.yaml declares and describes them.
 *
 * @throws pulumi.RunError with all faults at once: the key, the value, what is allowed and what to do.
 */
export function readSettings(): Settings {
    const reader = new Reader(pulumi.getProject());
    reader.refuseUnknown();
    const settings = readRole(reader);
    reader.throwFaults();
    return settings;
}

function readRole(reader: Reader): Settings {
    const role = reader.oneOf("role", roles) ?? "root";
    const profile = readProfile(reader);
    if (role === "root") {
        return { role, profile, clusters: readClusters(reader) };
    }
    const cluster = reader.text("cluster") ?? pulumi.getStack();
    if (!clusterName.test(cluster)) {
        reader.fault("cluster", cluster, "a DNS label: at most 63 of a-z, 0-9 and -", "name the cluster so");
    }
    const common = {
        profile,
        cluster,
        generation: reader.integer("generation", 1) ?? 1,
        mesh: reader.flag("deploy", true) ? readMesh(reader) : undefined,
    };
    return role === "standalone"
        ? { role, ...common }
        : { role, ...common, rootStack: reader.text("rootStack") ?? "root" };
}

function readProfile(reader: Reader): CaProfile {
    const name = reader.oneOf("profile", Object.keys(profiles) as ProfileName[]) ?? "default";
    const preset: CaProfile = profiles[name];
    const profile: CaProfile = {
        ...preset,
        keyAlgorithm:
            reader.oneOf("keyAlgorithm", Object.keys(keyAlgorithms) as KeyAlgorithm[]) ?? preset.keyAlgorithm,
        rootValidityDays: reader.integer("rootValidityDays", 0) || preset.rootValidityDays,
        intermediateValidityDays:
            reader.integer("intermediateValidityDays", 0) || preset.intermediateValidityDays,
        renewalWindowDays: reader.integer("renewalWindowDays", 0) || preset.renewalWindowDays,
    };
    const { rootValidityDays, intermediateValidityDays, renewalWindowDays } = profile;
    if (intermediateValidityDays > rootValidityDays) {
        const allowed = `at most rootValidityDays, ${rootValidityDays}: an intermediate must not outlive its root`;
        reader.fault(
            "intermediateValidityDays",
            intermediateValidityDays,
            allowed,
            "lower it or raise rootValidityDays",
        );
    }
    if (renewalWindowDays >= intermediateValidityDays) {
        const allowed = `less than intermediateValidityDays, ${intermediateValidityDays}, or every \`up\` would renew`;
        reader.fault(
            "renewalWindowDays",
            renewalWindowDays,
            allowed,
            "lower it or raise intermediateValidityDays",
        );
    }
    return profile;
}

function readClusters(reader: Reader): string[] {
    const clusters = reader.list("clusters") ?? [];
    for (const cluster of clusters.filter((name) => !clusterName.test(name))) {
        reader.fault(
            "clusters",
            cluster,
            "DNS labels: at most 63 of a-z, 0-9 and -",
            "name the cluster's stack so",
        );
    }
    if (new Set(clusters).size < clusters.length) {
        reader.fault("clusters", clusters.join(", "), "each cluster once", "remove the repeated name");
    }
    return clusters;
}

function readMesh(reader: Reader): MeshSettings {
    const context = reader.text("context");
    if (context === undefined) {
        const remedy =
            "name the context of the cluster, see `kubectl config get-contexts`, or set deploy to false";
        reader.fault("context", undefined, "a context of the kubeconfig", remedy);
    }
    const istioSet = reader.list("istioSet") ?? [];
    for (const value of istioSet.filter((item) => !/^[^=\s]+=/.test(item))) {
        reader.fault("istioSet", value, "path=value", "write it as for `istioctl install --set`");
    }
    return {
        kubeconfig: expandHome(reader.text("kubeconfig") ?? process.env["KUBECONFIG"] ?? "~/.kube/config"),
        context: context ?? "",
        istioProfile: reader.text("istioProfile") ?? "demo",
        istioSet,
        istioOperator: reader.file("istioOperator"),
        workloads: reader.flag("workloads", true),
        injection: reader.oneOf("injection", injections) ?? "label",
        verification: reader.flag("verification", true),
        verificationTimeoutSeconds: reader.integer("verificationTimeoutSeconds", 1) ?? 180,
    };
}

function expandHome(file: string): string {
    return file.replace(/^~(?=\/|$)/, os.homedir());
}

/** Reads the values of this project's namespace and collects what is wrong with them. */
class Reader {
    private readonly config: pulumi.Config;
    private readonly faults: string[] = [];

    constructor(private readonly project: string) {
        this.config = new pulumi.Config(project);
    }

    fault(key: string, found: unknown, allowed: string, remedy: string) {
        const value = found === undefined ? "is missing" : `is ${JSON.stringify(found)}`;
        this.faults.push(`${this.project}:${key} ${value}. Allowed: ${allowed}. To do: ${remedy}.`);
    }

    /** A misspelt setting would otherwise be silently without effect. */
    refuseUnknown() {
        const prefix = `${this.project}:`;
        const given = Object.keys(pulumi.runtime.allConfig()).filter((key) => key.startsWith(prefix));
        for (const key of given
            .map((name) => name.slice(prefix.length))
            .filter((name) => !declared().has(name))) {
            const remedy = `correct it, or pulumi config rm ${key} --stack ${pulumi.getStack()}`;
            this.faults.push(
                `${prefix}${key} is unknown. Allowed: the settings that Pulumi.yaml declares. To do: ${remedy}.`,
            );
        }
    }

    throwFaults() {
        if (this.faults.length > 0) {
            const heading = `The settings of stack ${pulumi.getStack()} have ${count(this.faults.length, "fault")}`;
            throw new pulumi.RunError([`${heading}; nothing was changed:`, ...this.faults].join("\n  "));
        }
    }

    /** Pulumi takes a declared setting without a default as required, so the empty text stands for none. */
    text(key: string): string | undefined {
        return this.config.get(key) || undefined;
    }

    oneOf<T extends string>(key: string, allowed: readonly T[]): T | undefined {
        const value = this.text(key);
        if (value !== undefined && allowed.includes(value as T)) {
            return value as T;
        }
        if (value !== undefined || key === "role") {
            this.fault(key, value, allowed.join(", "), this.setCommand(key, allowed[0]!));
        }
        return undefined;
    }

    integer(key: string, least: number): number | undefined {
        const value = this.text(key);
        if (value === undefined) {
            return undefined;
        }
        if (!/^-?\d+$/.test(value) || Number(value) < least) {
            this.fault(
                key,
                value,
                `an integer of at least ${least}`,
                this.setCommand(key, String(Math.max(least, 1))),
            );
        }
        return Number(value);
    }

    flag(key: string, otherwise: boolean): boolean {
        const value = this.text(key) ?? String(otherwise);
        if (value !== "true" && value !== "false") {
            this.fault(key, value, "true, false", this.setCommand(key, String(otherwise)));
            return otherwise;
        }
        return value === "true";
    }

    list(key: string): string[] | undefined {
        const text = this.text(key);
        if (text === undefined) {
            return undefined;
        }
        const value = parseJson(text);
        if (Array.isArray(value) && value.every((item) => typeof item === "string")) {
            return value;
        }
        this.fault(key, text, "a list of strings", this.setCommand(`--path '${key}[0]'`, "…"));
        return undefined;
    }

    file(key: string): string | undefined {
        const name = this.text(key);
        if (name === undefined) {
            return undefined;
        }
        const file = path.resolve(expandHome(name));
        if (!fs.existsSync(file)) {
            this.fault(key, name, "the path of a file", "correct the path; it is relative to the project");
            return undefined;
        }
        return fs.readFileSync(file, "utf8");
    }

    private setCommand(key: string, example: string): string {
        return `pulumi config set ${key} ${example} --stack ${pulumi.getStack()}`;
    }
}

/** The settings that Pulumi.yaml declares. */
function declared(): Set<string> {
    const text = fs.readFileSync(path.join(__dirname, "Pulumi.yaml"), "utf8");
    return new Set(Object.keys((parse(text) as { config: object }).config));
}

function parseJson(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return undefined;
    }
}

function count(number: number, noun: string): string {
    return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
