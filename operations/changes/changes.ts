import * as path from "node:path";
import { settingsFrom } from "../../config";
import { expandHome } from "../../config/reader";
import { ClusterSettings, firstRootName, RootSettings } from "../../config/settings";
import { clusterEntry } from "../../kube/clusterEntry";
import { clusterInputs, rootInputs } from "../../stacks/inputs";
import { once } from "../../stacks/once";
import { offerOf } from "../../stacks/signer";
import { message } from "../errors";
import type { Project, StackEntry } from "../project/project";
import { due } from "./due";
import { notAsLastUp } from "./lastUpdate";
import { StackState, stackState } from "./stackState";

/**
 * Which stacks have something to do. A stack is left out only if its `up` is known to change nothing: its last one was whole and
 * successful, nothing has touched its state afterwards, what it depends on is the same, and nothing is due by the clock. In any doubt
 * the `up` runs.
 *
 * What somebody has changed in the cluster is not looked at, as an `up` without `--refresh` does not: `npm run review -- --refresh`
 * finds it.
 */
export class Changes {
    private readonly states = new Map<string, Promise<StackState>>();
    /** What the history says of each state. */
    private readonly judged = new WeakMap<StackState, Promise<string | undefined>>();
    private readonly pulumi = once(() => this.project.version("pulumi"));
    private readonly istioctl = once(() => this.project.version("istioctl"));

    constructor(private readonly project: Project) {}

    /** Why a stack's `up` runs; undefined if it has nothing to do. */
    async of({ name }: StackEntry): Promise<string | undefined> {
        try {
            return await this.find(name);
        } catch (error) {
            return `it cannot be compared: ${message(error).split("\n")[0]}`;
        }
    }

    /** The state of a stack, which is read once until {@link forget}. */
    state(stack: string): Promise<StackState> {
        const state = this.states.get(stack) ?? stackState(this.project, stack);
        this.states.set(stack, state);
        return state;
    }

    /** To be called when a stack's `up` has ended. */
    forget(stack: string): void {
        this.states.delete(stack);
    }

    private async find(name: string): Promise<string | undefined> {
        const state = await this.state(name);
        const { outputs, written } = state;
        if (outputs.inputsDigest === undefined) {
            return "its last up does not say what it depended on";
        }
        if (refreshes(this.project) || this.project.hasEnvironments(name)) {
            return "its up looks at the cluster first, or has settings from elsewhere";
        }
        const settings = settingsFrom(this.project.source(name));
        if (settings.role !== "root" && settings.role !== "cluster") {
            return "its role is another";
        }
        if ((await this.digest(settings, outputs)) !== outputs.inputsDigest) {
            return "what it depends on has changed";
        }
        return (
            due(settings, outputs, written) ??
            (await this.outside(settings, state)) ??
            (await this.judge(name, state))
        );
    }

    /** The digest of what the next `up` would depend on. */
    private async digest(
        settings: RootSettings | ClusterSettings,
        own: StackState["outputs"],
    ): Promise<string | undefined> {
        const read = async (stack: string) => [stack, (await this.state(stack)).outputs] as const;
        if (settings.role === "root") {
            const clusters = await this.project.each(settings.clusters, read);
            return rootInputs(settings, Object.fromEntries(clusters), own);
        }
        const { signer, peers } = settings;
        const signing = typeof signer === "string" ? (await read(signer))[1] : {};
        const plugged = (await this.project.each(peers, read)).map(
            ([peer, { files }]) => [peer, files] as const,
        );
        return clusterInputs(settings, offerOf(settings, signing), Object.fromEntries(plugged));
    }

    /** What an `up` finds outside of settings and outputs: the tools, the cluster's address, the protection of the root. */
    private async outside(
        settings: RootSettings | ClusterSettings,
        state: StackState,
    ): Promise<string | undefined> {
        if (state.unfinished) {
            return "an update was interrupted";
        }
        if (state.pulumi.replace(/^v/, "") !== (await this.pulumi())) {
            return "its last up was by another version of pulumi";
        }
        if (settings.role === "root") {
            return unprotected(settings, state) ? "its root is not protected" : undefined;
        }
        const { mesh } = settings;
        if (mesh && !this.leadsTo(mesh.access, state.outputs.mesh)) {
            return "its kubeconfig leads to another cluster";
        }
        const version = mesh && mesh.istio.mode !== "external" ? await this.istioctl() : undefined;
        return state.outputs.istio === version ? undefined : "istioctl is of another version";
    }

    private leadsTo(
        {
            kubeconfig,
            context,
            clusterUid,
        }: { kubeconfig: string; context: string; clusterUid: string | undefined },
        known: StackState["outputs"]["mesh"],
    ): boolean {
        const entry = clusterEntry(path.resolve(this.project.dir, expandHome(kubeconfig)), context);
        return (
            entry !== undefined &&
            known !== undefined &&
            entry.server === known.server &&
            entry.caDigest === known.caDigest &&
            (clusterUid ?? known.uid) === known.uid
        );
    }

    private judge(name: string, state: StackState): Promise<string | undefined> {
        const judged = this.judged.get(state) ?? notAsLastUp(this.project, name, state);
        this.judged.set(state, judged);
        return judged;
    }
}

/** Whether every `up` compares with the actual resources first. */
function refreshes({ manifest }: Project): boolean {
    const variables = ["PULUMI_REFRESH", "PULUMI_OPTION_REFRESH"];
    return (
        manifest.options?.refresh !== undefined || variables.some((name) => process.env[name] !== undefined)
    );
}

/** Whether the protection of a root that this stack made is gone, as after a `destroy` that was stopped. */
function unprotected(
    { protectRoot, existing, signingRoot }: RootSettings,
    { isProtected }: StackState,
): boolean {
    return protectRoot && !(existing && signingRoot === firstRootName) && !isProtected;
}
