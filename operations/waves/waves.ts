import { isName, selects, readLabels, readWaves, WavesSettings } from "../../config/waves";
import { DetailedError } from "../errors";
import { byRole, Project, StackEntry } from "../project/project";
import { waveCheck } from "./waveCheck";

/** How one wave follows another. */
export interface WaveOptions {
    /** Asks before each wave but the first. Default: nobody is asked. */
    pause?: (question: string) => Promise<boolean>;
}

/** What is done wave by wave. */
export interface WaveWork {
    /** Whether a wave has something to do: otherwise nothing has to agree to it. */
    needs: (wave: StackEntry[]) => Promise<boolean>;
    /** Ensures that the clusters of all earlier waves are as they should be. @throws Error if one is not */
    see?: (earlier: StackEntry[]) => Promise<void>;
    /** @param title - which wave it is; empty if there is only one */
    take: (wave: StackEntry[], title: string) => Promise<void>;
}

/**
 * The order in which clusters receive a change: that of the settings of the stacks that sign. The first wave with something to do
 * begins at once; each later one when those before it are as they should be, and `waveCheck` and the user agree.
 */
export class Waves {
    private readonly settings: WavesSettings[];
    private readonly pause: WaveOptions["pause"];

    /** @throws Error if a wave names a stack that does not exist, or somebody is to be asked and there are no waves */
    constructor(
        private readonly project: Project,
        { pause }: WaveOptions = {},
    ) {
        this.pause = pause;
        const stacks = project.stacks();
        this.settings = byRole(stacks).roots.map(({ name }) => {
            const reader = project.fileReader(name);
            const settings = readWaves(reader);
            for (const member of settings.waves.flat().filter(isName)) {
                if (!stacks.some((stack) => stack.name === member)) {
                    const names = byRole(stacks).clusters.map((stack) => stack.name);
                    reader.fault("waves", member, `stacks: ${names.join(", ")}`, "correct the name");
                }
            }
            reader.throwFaults();
            return settings;
        });
        if (pause && this.settings.every(({ waves }) => waves.length === 0)) {
            throw new Error(
                "--pause asks between waves, and stack root has none. Set them: `pulumi config set --path 'waves[0]' cluster1 --stack root`. Or leave out --pause.",
            );
        }
    }

    /** The clusters of each wave. Those that no wave names are the last one, so that a new cluster is never the canary. */
    of(clusters: StackEntry[]): StackEntry[][] {
        const last = Math.max(0, ...this.settings.map(({ waves }) => waves.length));
        const place = ({ name }: StackEntry) => {
            const reader = this.project.fileReader(name);
            const labels = readLabels(reader);
            reader.throwFaults();
            const places = this.settings.flatMap(({ waves }) =>
                waves.findIndex((wave) => wave.some((member) => selects(member, name, labels))),
            );
            return places.find((each) => each >= 0) ?? last;
        };
        const waves = Array.from({ length: last + 1 }, (_, index) =>
            clusters.filter((cluster) => place(cluster) === index),
        );
        return waves.filter((wave) => wave.length > 0);
    }

    /** @throws Error if a wave fails or the next one is not agreed to, which says how to continue */
    async each(clusters: StackEntry[], { needs, see, take }: WaveWork): Promise<void> {
        const waves = this.of(clusters);
        for (const [index, wave] of waves.entries()) {
            if (index > 0 && (await needs(wave))) {
                await see?.(waves.slice(0, index).flat());
                await this.agree(waves, index);
            }
            await take(wave, waves.length > 1 ? titleOf(waves, index) : "");
        }
    }

    private async agree(waves: StackEntry[][], index: number): Promise<void> {
        const next = titleOf(waves, index);
        const refuse = (reason: string, remedy: string) => {
            throw new DetailedError(
                `${next} has not begun`,
                `${next} has not begun: ${reason}\n${remedy} Then run this again: it does what is left.`,
            );
        };
        const before = { number: index, clusters: waves[index - 1]!.map(({ name }) => name) };
        for (const { check } of this.settings) {
            const found = check === undefined ? undefined : await waveCheck(this.project, check, before);
            if (found !== undefined) {
                refuse(`waveCheck ${found}`, "Fix what it reports.");
            }
        }
        if (this.pause && !(await this.pause(`${next} is next. Continue?`))) {
            refuse("it was not agreed to.", "Look at the clusters that have changed.");
        }
    }
}

/** How many names of a wave a title shows. */
const most = 4;

function titleOf(waves: StackEntry[][], index: number): string {
    const names = waves[index]!.map(({ name }) => name);
    const rest = names.length > most ? ` and ${names.length - most} more` : "";
    return `Wave ${index + 1} of ${waves.length}: ${names.slice(0, most).join(", ")}${rest}`;
}
