import * as fs from "node:fs";
import * as path from "node:path";
import { parse, stringify } from "yaml";
import { checkoutPrefix } from "../clusters/checkout";
import { writeFileAtomically } from "../clusters/files";
import { kindDir, kubeconfigPath } from "../paths";
import { capture, runLogged } from "../toolchain/run";

/** Where the files of clusters of kind are. */
export interface KindFiles {
    /** One folder a cluster, which holds its kubeconfig. */
    dir: string;
    /** The kubeconfig with all of them. */
    kubeconfig: string;
}

const ofCheckout: KindFiles = { dir: kindDir, kubeconfig: kubeconfigPath };

/** The parts of a kubeconfig that `kind` writes: one cluster, one user, one context. */
interface Kubeconfig {
    clusters: { name: string; cluster: object }[];
    users: { name: string; user: object }[];
}

/**
 * A cluster of kind: a Docker container that is its one node. Its kubeconfig is in `.local/kind`, once the cluster
 * is complete; the user's own kubeconfig is left alone.
 */
export class KindCluster {
    /** Its name in kind, which no cluster of another checkout has. */
    readonly kindName: string;
    private readonly dir: string;
    private readonly kubeconfig: string;

    /** @param name the context in `.local/kubeconfig` */
    constructor(
        readonly name: string,
        private readonly files = ofCheckout,
    ) {
        this.kindName = `${checkoutPrefix}-${name}`;
        this.dir = path.join(files.dir, name);
        this.kubeconfig = path.join(this.dir, "kubeconfig");
    }

    /** The clusters that an `up` began and no `down` removed. */
    static all(files = ofCheckout): KindCluster[] {
        const names = fs.existsSync(files.dir) ? fs.readdirSync(files.dir) : [];
        return names.sort().map((name) => new KindCluster(name, files));
    }

    /** Creates the cluster, unless it exists. What an interrupted `up` left is removed first. */
    async up(): Promise<void> {
        const exists = (await this.kindClusters()).includes(this.kindName);
        if (exists && fs.existsSync(this.kubeconfig)) {
            await this.kind("export", "kubeconfig", "--kubeconfig", this.kubeconfig);
        } else {
            await this.remove(exists);
            fs.mkdirSync(this.dir, { recursive: true, mode: 0o700 });
            const unfinished = `${this.kubeconfig}.tmp`;
            await this.kind("create", "cluster", "--wait", "3m", "--kubeconfig", unfinished);
            fs.renameSync(unfinished, this.kubeconfig);
        }
        writeMergedKubeconfig(this.files);
    }

    /** The parts of its kubeconfig, once it is complete. */
    get access(): { cluster: object; user: object } | undefined {
        if (!fs.existsSync(this.kubeconfig)) {
            return undefined;
        }
        const { clusters, users } = parse(fs.readFileSync(this.kubeconfig, "utf8")) as Kubeconfig;
        return { cluster: clusters[0]!.cluster, user: users[0]!.user };
    }

    /** Whether its API server says that it is ready. */
    async isReady(): Promise<boolean> {
        const args = ["--kubeconfig", this.kubeconfig, "--request-timeout=5s", "get", "--raw", "/readyz"];
        return (await capture("kubectl", args).catch(() => "")) === "ok";
    }

    /** Removes the cluster with all that it holds. @throws if Docker does not answer: then it may still exist */
    async down(): Promise<void> {
        await this.remove((await this.kindClusters()).includes(this.kindName));
        writeMergedKubeconfig(this.files);
    }

    private async remove(exists: boolean): Promise<void> {
        if (exists) {
            await this.kind("delete", "cluster", "--kubeconfig", this.kubeconfig);
        }
        fs.rmSync(this.dir, { recursive: true, force: true });
    }

    private async kind(...args: string[]): Promise<void> {
        await runLogged("kind", [...args, "--name", this.kindName], { log: this.kindName });
    }

    private async kindClusters(): Promise<string[]> {
        const listed = capture("kind", ["get", "clusters"]).catch(() => {
            throw new Error(
                `\`kind get clusters\` fails, so nothing was done about cluster ${this.name}. Start Docker and run the command again.`,
            );
        });
        return (await listed).split("\n");
    }
}

/** Writes the kubeconfig with all of them, as for clusters that are built here: each context has the name of its cluster. */
function writeMergedKubeconfig(files: KindFiles): void {
    const entries = KindCluster.all(files).flatMap(({ name, access }) =>
        access ? [{ name, ...access }] : [],
    );
    if (entries.length === 0) {
        fs.rmSync(files.kubeconfig, { force: true });
        return;
    }
    const merged = {
        apiVersion: "v1",
        kind: "Config",
        clusters: entries.map(({ name, cluster }) => ({ name, cluster })),
        users: entries.map(({ name, user }) => ({ name, user })),
        contexts: entries.map(({ name }) => ({ name, context: { cluster: name, user: name } })),
        "current-context": entries[0]!.name,
    };
    writeFileAtomically(files.kubeconfig, stringify(merged, { lineWidth: 0 }));
}
