import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import * as path from "node:path";
import { clustersDir } from "../paths";
import { Cgroup } from "./cgroup";
import { writeFileAtomically } from "./files";

/** What a cluster is from its first `up` until its `down`. */
interface Definition {
    /** Says which of the networks 10.1.0.0/16 to 10.254.0.0/16 is the cluster's. */
    index: number;
    /** When the cluster was created, in ISO 8601. */
    created: string;
}

/**
 * One local cluster: its name, its folder and its addresses. The addresses exist in the cluster's own network
 * namespace only, so they can collide with nothing on the machine.
 */
export class Cluster {
    readonly cgroup: Cgroup;
    /** Where all of the cluster's files are. */
    readonly dir: string;

    private constructor(
        readonly name: string,
        private readonly definition: Definition,
    ) {
        this.dir = Cluster.dir(name);
        this.cgroup = new Cgroup(name);
    }

    /** The clusters that are defined, running or not, by name. */
    static all(): Cluster[] {
        return Cluster.folders()
            .map((name) => Cluster.find(name))
            .filter((cluster) => cluster !== undefined);
    }

    /** The names of clusters that have a folder, even if an `up` ended before the cluster was defined. */
    static folders(): string[] {
        if (!existsSync(clustersDir)) return [];
        if (process.getuid?.() !== 0) {
            throw new Error(
                'The local clusters belong to root: put sudo env "PATH=$PATH" before the command',
            );
        }
        const names = readdirSync(clustersDir).filter((name) => namePattern.test(name));
        return names.sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    }

    /**
     * Where all files of a cluster are.
     *
     * @throws if the name is not a DNS label of at most 40 characters
     */
    static dir(name: string): string {
        if (!namePattern.test(name)) {
            throw new Error(
                `cluster name "${name}": expected a letter, then letters, digits and "-", at most 40 characters, all lower case`,
            );
        }
        return path.join(clustersDir, name);
    }

    /** The cluster of that name, if it is defined. */
    static find(name: string): Cluster | undefined {
        const file = definitionFile(name);
        if (!existsSync(file)) return undefined;
        return new Cluster(name, JSON.parse(readFileSync(file, "utf8")) as Definition);
    }

    /**
     * The cluster of that name; defined now, with the lowest free index, if there was none.
     *
     * @throws as {@link Cluster.dir}, and when all 254 networks are taken
     */
    static define(name: string): Cluster {
        const existing = Cluster.find(name);
        if (existing !== undefined) return existing;
        const taken = new Set(Cluster.all().map((cluster) => cluster.index));
        const index = Array.from({ length: 254 }, (_, i) => i + 1).find((i) => !taken.has(i));
        if (index === undefined) {
            throw new Error(`no network is left for cluster ${name}: 254 clusters exist`);
        }
        const definition: Definition = { index, created: new Date().toISOString() };
        // What an interrupted `down` left is another cluster's.
        rmSync(Cluster.dir(name), { recursive: true, force: true });
        mkdirSync(Cluster.dir(name), { recursive: true, mode: 0o700 });
        writeFileAtomically(definitionFile(name), JSON.stringify(definition));
        return new Cluster(name, definition);
    }

    get index(): number {
        return this.definition.index;
    }

    get created(): Date {
        return new Date(this.definition.created);
    }

    /** The node's address. */
    get nodeIp(): string {
        return `10.${this.index}.0.1`;
    }

    get podCidr(): string {
        return `10.${this.index}.1.0/24`;
    }

    /** What the addresses of Services of type LoadBalancer begin with: 254 of them. */
    get loadBalancerPrefix(): string {
        return `10.${this.index}.2`;
    }

    get serviceCidr(): string {
        return `10.${this.index}.128.0/17`;
    }

    /** The address of Service `kubernetes`. */
    get apiServiceIp(): string {
        return `10.${this.index}.128.1`;
    }

    /** The address of Service `kube-dns`. */
    get dnsIp(): string {
        return `10.${this.index}.128.10`;
    }

    /** The API server's URL for the machine, once it was opened. */
    get apiServer(): string | undefined {
        return existsSync(this.portFile)
            ? `https://127.0.0.1:${readFileSync(this.portFile, "utf8")}`
            : undefined;
    }

    /** The loopback port that leads to the API server; 0 before it was opened. */
    get apiPort(): number {
        return existsSync(this.portFile) ? Number(readFileSync(this.portFile, "utf8")) : 0;
    }

    set apiPort(port: number) {
        writeFileAtomically(this.portFile, String(port));
    }

    /** A path in the cluster's folder. */
    path(...parts: string[]): string {
        return path.join(this.dir, ...parts);
    }

    log(component: string): string {
        return this.path("log", `${component}.log`);
    }

    private get portFile(): string {
        return this.path("api-port");
    }
}

const namePattern = /^[a-z]([-a-z0-9]{0,38}[a-z0-9])?$/;

function definitionFile(name: string): string {
    return path.join(Cluster.dir(name), "cluster.json");
}
