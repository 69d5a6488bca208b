import { execa } from "execa";
import { engineSecrets } from "../../components/engineSecrets";
import type { Project } from "../project/project";

/** The last lines of a command's output that an error shows. */
const shownLines = 20;

/**
 * Runs the command that decides whether the next wave begins. It runs in the project's folder, with the number of the wave that has
 * ended in `WAVE` and its clusters, separated by blanks, in `CLUSTERS`; without passphrases.
 *
 * @returns why it does not agree; undefined if it does
 */
export async function waveCheck(
    project: Project,
    command: string,
    { number, clusters }: { number: number; clusters: string[] },
): Promise<string | undefined> {
    const withheld = Object.fromEntries(engineSecrets.map((name) => [name, undefined]));
    const { failed, exitCode, all } = await execa(command, {
        shell: true,
        cwd: project.dir,
        env: { ...project.variables(), ...withheld, WAVE: String(number), CLUSTERS: clusters.join(" ") },
        stdin: "ignore",
        all: true,
        reject: false,
    });
    if (!failed) {
        return undefined;
    }
    const how = exitCode === undefined ? "was ended by a signal" : `ended with exit status ${exitCode}`;
    const printed = all.trim().split("\n").slice(-shownLines).join("\n");
    return `${how} after wave ${number}.${printed && `\n${printed}`}`;
}
