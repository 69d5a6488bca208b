import { ClusterSettings, ReadySettings, StandaloneSettings } from "../config/settings";
import type { LiveMesh } from "../kube/liveMesh";
import { prepareVerdict } from "../pki/verdict/verdict";
import { askMesh } from "./askMesh";
import { meshIdentity, MeshIdentity } from "./meshIdentity";
import { once } from "./once";
import { ClusterOutputs, LastOutputs, stackOutputs } from "./outputs";
import { ownCa } from "./ownCa";
import { pluggedIn } from "./pluggedIn";
import { Offer, readOffer, Signed, usable } from "./signer";
import { OwnCa, Plan, planOf } from "./plan";

/** The settings of a stack that holds one cluster. */
export type StackSettings = ClusterSettings | StandaloneSettings | ReadySettings;

/**
 * What an `up` of a cluster's stack is about to change: what is asked, what the last `up` left, and what is to be plugged in. What
 * has to be read from another stack or from the cluster is read when a guard first needs it, and kept.
 */
export class Change {
    /**
     * @param settings - what is asked
     * @param last - this stack's outputs as its last `up` left them
     * @param given - this stack's CA where it becomes known only after keys were made
     * @param identity - which cluster the mesh is in; undefined without a mesh, or if a first preview cannot reach it
     * @param present - what the cluster's `cacerts` holds
     */
    constructor(
        readonly settings: StackSettings,
        readonly last: LastOutputs,
        private readonly given?: OwnCa,
        readonly identity: () => Promise<MeshIdentity | undefined> = once(async () =>
            settings.mesh ? meshIdentity(settings.cluster, settings.mesh.access, last.mesh) : undefined,
        ),
        private readonly present = once(async () =>
            settings.mesh ? pluggedIn(settings.mesh.access) : undefined,
        ),
    ) {}

    /** What a signer outside of this stack has for it; undefined in the roles that ask none. */
    readonly offer = once(async (): Promise<Offer | undefined> => {
        if (this.settings.role !== "cluster") {
            return undefined;
        }
        const offer = readOffer(this.settings);
        if (this.last.csr) {
            this.readAhead();
        }
        return offer;
    });

    /** What that signer has signed for this stack's keys; undefined if it has not yet. */
    readonly signed = once(async (): Promise<Signed | undefined> =>
        this.settings.role === "cluster" ? usable(this.settings, this.last, await this.offer()) : undefined,
    );

    /** This stack's CA; undefined until it is signed. */
    readonly own = once(async () => this.given ?? ownCa(this.settings, await this.signed()));

    /** What the last `up` left in this cluster: nothing in one that was rebuilt. */
    readonly lastHere = once(async (): Promise<LastOutputs> => {
        const identity = await this.identity();
        return this.last.mesh && identity && this.last.mesh.uid !== identity.uid ? {} : this.last;
    });

    /** What is to be plugged in; undefined until this stack's CA is signed. */
    readonly plan = once(async (): Promise<Plan | undefined> => {
        const own = await this.own();
        return own && planOf(own, this.settings.mesh, await this.lastHere(), this.present);
    });

    /** What the stacks of peers have plugged in, by stack. */
    readonly peers = once(async () => {
        const names = "peers" in this.settings ? this.settings.peers : [];
        const read = names.map(
            async (peer) => [peer, await stackOutputs<ClusterOutputs>(peer)("files")] as const,
        );
        return Object.fromEntries(await Promise.all(read));
    });

    /** The mesh that runs in the cluster; undefined if there is none, or at preview if the cluster does not answer. */
    readonly liveMesh = once(async (): Promise<LiveMesh | undefined> => {
        const { mesh } = this.settings;
        const { readLiveMesh } = await import("../kube/liveMesh.ts");
        return mesh && askMesh(mesh.access, "Whether there is a mesh already", readLiveMesh);
    });

    /** Whether `cacerts` is to change. */
    async changesFiles(): Promise<boolean> {
        const plan = await this.plan();
        const { plugged } = await this.lastHere();
        return plan !== undefined && !(plugged && plan.bundle.equals(plugged));
    }

    /** The same change once this stack's CA is known. */
    under(own: OwnCa): Change {
        return new Change(this.settings, this.last, own, this.identity, this.present);
    }

    /** Has the cluster read, and what judges the CA loaded, while the program waits for something else. */
    readAhead(): void {
        if (this.settings.mesh) {
            // Whoever needs them learns what failed.
            setImmediate(
                () => void Promise.allSettled([this.present(), Promise.resolve().then(prepareVerdict)]),
            );
        }
    }
}
