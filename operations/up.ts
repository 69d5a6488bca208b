import { DetailedError } from "./errors";
import { Progress, silent, Task } from "./progress";
import { byRole, Project, StackEntry } from "./project/project";
import { waitForProxies } from "./proxies";
import { asks, request, withoutCa } from "./requests";
import { signAndPlugIn } from "./signAndPlugIn";
import { limitsOfVerified } from "./verificationLimits";
import { Walk, WalkOptions } from "./walk";
import { WaveOptions, Waves } from "./waves/waves";
import { stacksWithout } from "./without";

/** How to bring stacks up. */
export interface UpOptions extends WalkOptions, WaveOptions {
    /** Clusters that are left out, with what links them. */
    without?: string[];
    progress?: Progress;
}

/**
 * Brings stacks up in the order in which they need each other: first the clusters that must request a certificate, then root,
 * then all clusters, wave by wave, then what links them. A stack that has nothing to do is left out. One that cannot make its request
 * does not stop the others, apart from later waves.
 *
 * @throws DetailedError with the error of each stack that failed
 */
export async function up(
    project: Project,
    all: StackEntry[],
    { progress = silent, pause, without = [], ...options }: UpOptions = {},
): Promise<void> {
    const stacks = stacksWithout(project, all, without);
    const { roots, clusters, meshes } = byRole(stacks);
    const walk = new Walk(project, options);
    const waves = new Waves(project, { pause });
    walk.outcomes.expect(stacks.map(({ name }) => name));
    all.filter((entry) => !stacks.includes(entry)).forEach(({ name }) => walk.outcomes.note(name, "left"));
    const failures: DetailedError[] = [];
    // In waves, a live cluster's new request waits for its turn, because an `up` brings every other change along.
    const first = waves.of(clusters).length > 1 ? await withoutCa(walk, clusters) : clusters;
    await progress.inTurn([
        { title: "Look at the stacks", run: () => open(walk, stacks) },
        ...request(walk, first).map((task) => tolerated(task, failures)),
    ]);
    const plugInAndLink = async () => {
        await throughWaves(walk, { waves, stacks, progress });
        const states = await project.each(roots, ({ name }) => walk.changes.state(name));
        if (states.some(({ outputs }) => (outputs.withheld ?? []).length > 0)) {
            const title = "Sign what had to wait for other clusters";
            const run = (below: Progress) => throughWaves(walk, { waves, stacks, progress: below });
            await progress.inTurn([{ title, run }]);
        }
        await progress.inTurn(walk.up("Link clusters", meshes));
    };
    await collected(plugInAndLink, failures);
    if (failures.length > 0) {
        const details = failures.map((failure) => failure.details).join("\n\n");
        throw new DetailedError(failures.map((failure) => failure.message).join(", "), details);
    }
}

/** Lets root sign and the clusters of one wave after another plug in what it has signed. */
async function throughWaves(
    walk: Walk,
    { waves, stacks, progress }: { waves: Waves; stacks: StackEntry[]; progress: Progress },
): Promise<void> {
    const { roots, clusters } = byRole(stacks);
    const verified = new Set<string>();
    if (clusters.length === 0) {
        await progress.inTurn(signAndPlugIn(walk, roots));
    }
    await waves.each(clusters, {
        needs: (wave) => walk.needAny(wave),
        see: async (earlier) => {
            refuseFailed(walk, earlier);
            const meshes = earlier.filter(({ name, tools }) => tools.length > 0 && !verified.has(name));
            const names = meshes.map(({ name }) => name);
            const limits = await limitsOfVerified(walk.project, names);
            await progress.inTurn(waitForProxies(walk.project, limits, verified, walk.outcomes));
            names.forEach((name) => verified.add(name));
        },
        take: async (wave, title) => {
            const rest = signAndPlugIn(walk, [...roots, ...wave], (name) => verified.add(name));
            const run = (below: Progress) => below.inTurn([...request(walk, wave), ...rest]);
            await progress.inTurn(title ? [{ title, run }] : rest);
        },
    });
}

/** @throws DetailedError if a cluster of an earlier wave has failed */
function refuseFailed({ outcomes }: Walk, earlier: StackEntry[]): void {
    const failed = outcomes.of("failed").filter((name) => earlier.some((entry) => entry.name === name));
    if (failed.length > 0) {
        const message = `The next wave has not begun, because ${failed.join(", ")} failed`;
        throw new DetailedError(message, `${message}. Fix that, then run this again: it does what is left.`);
    }
}

/** Lets clusters request certificates and root sign them. Leaves what is plugged in as it is. */
export function askAndSign(walk: Walk, stacks: StackEntry[]): Task[] {
    return [...request(walk, stacks), ...signAndPlugIn(walk, byRole(stacks).roots)];
}

/** The part of an `up` that needs no cluster: requests, and what root signs. Leaves what is plugged in as it is. */
export async function requestAndSign(
    project: Project,
    stacks: StackEntry[],
    progress: Progress = silent,
): Promise<void> {
    await prepare(project, stacks);
    await progress.inTurn(askAndSign(new Walk(project), stacks));
}

/** Opens stacks before anything is changed, and creates missing ones if that is safe. */
export function prepare(project: Project, stacks: StackEntry[]): Promise<void> {
    return project.unlock(
        stacks.map(({ name }) => name),
        (name) => project.openOrCreate(name),
    );
}

/** Opens the stacks that this walk may change: all of them if root signs, because what it signs reaches every cluster. */
async function open(walk: Walk, stacks: StackEntry[]): Promise<void> {
    const needed = await walk.project.each(stacks, async (entry) => ({
        entry,
        needs: await walk.needs(entry),
    }));
    const changing = needed.filter(({ needs }) => needs).map(({ entry }) => entry);
    const signs = await walk.project.each(
        changing,
        async (entry) => entry.role === "root" || asks(walk, entry),
    );
    await prepare(walk.project, signs.includes(true) ? stacks : changing);
}

/** A task whose failure does not stop those after it. */
function tolerated({ run, ...task }: Task, failures: DetailedError[]): Task {
    return {
        ...task,
        run: (progress) => collected(() => run(progress), failures),
    };
}

async function collected(run: () => Promise<unknown>, failures: DetailedError[]): Promise<void> {
    try {
        await run();
    } catch (error) {
        if (!(error instanceof DetailedError)) {
            throw error;
        }
        failures.push(error);
    }
}
