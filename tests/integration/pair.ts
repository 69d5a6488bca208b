import { Project } from "../../operations/project/project";
import { wantedRoots } from "../../operations/rotation/rotationSettings";
import type { Roots } from "../../operations/rotation/rotationSteps";
import { destroy } from "../../operations/destroy";
import { up } from "../../operations/up";
import * as clusters from "../../local/clusters";
import { linkingLocalClusters, onLocalCluster } from "../../local/project";
import { freshClusters, freshProject, mergeSettings } from "./fixture";

const names = ["pair1", "pair2"] as const;
const [one, two] = names;

type Settings = Record<string, unknown>;

/**
 * A pod whose pilot-agent is stopped for a minute would not be ready any more. Its own cluster's gateway then has nowhere to
 * lead requests to, while proxies of the other cluster still send it some.
 */
const heldProxiesStayReady = "values.global.proxy.readinessFailureThreshold=40";

/**
 * Two clusters under one root with CRLs, linked to one mesh, on which operations are proven under load. All files of a
 * process share them: the first brings them up, and they go down with the process. Each file leaves them verified, under one
 * root and with nothing revoked, but with other keys, so what it asks for is relative to what it finds.
 */
export class Pair {
    readonly names = [...names];
    readonly one = one;
    readonly two = two;
    /** The generation of each cluster's key. */
    private readonly generations: Record<string, number> = { [one]: 1, [two]: 1 };
    private validityDays = 365;

    private constructor(readonly project: Project) {}

    /** The one pair of this process; brought up when first asked for. */
    static shared(): Promise<Pair> {
        return (Pair.only ??= Pair.bringUp());
    }

    private static only: Promise<Pair> | undefined;

    private static async bringUp(): Promise<Pair> {
        await freshClusters([...names]);
        const cluster = (name: string) =>
            onLocalCluster(name, { role: "cluster", meshId: "pair", istioSet: [heldProxiesStayReady] });
        const project = await freshProject("pair", {
            root: { role: "root", clusters: [...names], crls: true, protectRoot: false },
            [one]: cluster(one),
            [two]: cluster(two),
            mesh: linkingLocalClusters([...names]),
        });
        const pair = new Pair(project);
        await pair.walk();
        return pair;
    }

    /** Destroys the stacks, which proves that this works after all that was done to them, and removes the clusters. */
    static async takeDown(): Promise<void> {
        const pair = await Pair.only?.catch(() => undefined);
        if (pair !== undefined) {
            await destroy(pair.project, pair.project.stacks());
        }
        if (Pair.only !== undefined) {
            await clusters.down([...names]);
        }
    }

    /** `npm run up`. */
    walk(): Promise<void> {
        return up(this.project, this.project.stacks());
    }

    /** Changes some settings of a stack; undefined takes one out. */
    change(stack: string, settings: Settings): void {
        mergeSettings(this.project, { [stack]: settings });
    }

    /** Has root sign every intermediate again, with the next `up`: for a day less. */
    renew(): void {
        this.change("root", { intermediateValidityDays: --this.validityDays });
    }

    generation(cluster: string): number {
        return this.generations[cluster]!;
    }

    /** Has a cluster ask for the next key with the next `up`. */
    nextKey(cluster: string): void {
        this.change(cluster, { generation: ++this.generations[cluster]! });
    }

    async roots(): Promise<Roots> {
        const { roots, signingRoot } = await wantedRoots(this.project, "root");
        return { roots, signingRoot };
    }
}

// For the process, because mocha calls hooks outside of any describe once.
after("the pair goes down", async function () {
    this.timeout("5m");
    await Pair.takeDown();
});
