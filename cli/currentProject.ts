import * as fs from "node:fs";
import * as path from "node:path";
import { Project } from "../operations/project/project";
import { ProjectOption, projectVariable } from "./options";
import { packaged, typedFor } from "./packaged";

/** The checkout, with the user's own stacks. */
const checkout = path.resolve(__dirname, "..");

/** Where `npm start` keeps its project, with stacks and a backend of its own. */
const localProject = path.join(checkout, ".local", "project");

/**
 * The project whose stacks a command acts on, which is reported on stderr: the one that the user names; otherwise the local one
 * between `npm start` and `npm stop`; otherwise the user's own.
 *
 * @param changes - whether the command changes anything: then it does not guess if both are in use
 * @throws Error if both are in use, or neither exists.
 */
export async function currentProject(which: ProjectOption, { changes = false } = {}): Promise<Project> {
    const project = unopenedProject(which, changes);
    console.error(`Acting on ${await described(project)}.`);
    return project;
}

/** The same for what reads settings alone: nobody has to be logged in to a backend, and nothing is reported. */
export function unopenedProject(
    { cwd, project: chosen = process.env[projectVariable], parallel }: ProjectOption,
    changes = false,
): Project {
    typedFor({ cwd, project: chosen });
    const named = cwd === undefined ? chosen : nearestProject(cwd);
    return new Project(projectFolder(named, changes), parallel);
}

/** The folders of the two kinds of stacks. */
interface Places {
    own: string;
    local?: string;
}

/** Of the package, what is yours is in the working directory or above it, and `npm start` is not there. */
const places: Places = packaged
    ? { own: nearestProject(process.cwd()) }
    : { own: checkout, local: localProject };

/** The folder of {@link currentProject}. */
export function projectFolder(
    chosen: string | undefined,
    changes: boolean,
    { local, own }: Places = places,
): string {
    const hasLocal = local !== undefined && fs.existsSync(path.join(local, "Pulumi.yaml"));
    const signs = chosen === undefined && hasLocal && changes ? signsOfOwn(new Project(own)) : [];
    if (signs.length > 0) {
        throw new Error(
            `There are local stacks (npm start) and stacks of your own (${signs.join("; ")}). Choose: --project local or --project own.`,
        );
    }
    const which = chosen ?? (hasLocal ? "local" : "own");
    const dir = (which === "local" ? local : which === "own" ? own : undefined) ?? path.resolve(which);
    if (!fs.existsSync(path.join(dir, "Pulumi.yaml"))) {
        const remedy = dir === local ? "Make the local stacks: npm start" : "Name a folder that has one";
        throw new Error(`There is no Pulumi.yaml in ${shown(dir)}. ${remedy}.`);
    }
    return dir;
}

/** As pulumi does: the folder, or the next one above it that has a Pulumi.yaml. The folder itself if there is none. */
export function nearestProject(folder: string): string {
    const start = path.resolve(folder);
    const hasProject = (dir: string) => fs.existsSync(path.join(dir, "Pulumi.yaml"));
    let dir = start;
    while (!hasProject(dir) && dir !== path.dirname(dir)) {
        dir = path.dirname(dir);
    }
    return fs.existsSync(start) && hasProject(dir) ? dir : start;
}

/** Which stacks a project has, and where. */
export async function described(project: Project): Promise<string> {
    const whose =
        project.dir === localProject
            ? "the local stacks of npm start"
            : project.dir === checkout && !packaged
              ? "your own stacks"
              : `the stacks of ${shown(project.dir)}`;
    return `${whose}, project ${project.manifest.name} in ${await project.backend()}`;
}

function shown(dir: string): string {
    return path.relative(process.cwd(), dir) || ".";
}

/** Signs that the checkout's stacks are in use, and are not just files copied from the examples. */
function signsOfOwn(own: Project): string[] {
    const initialised = own
        .stacks()
        .map(({ name }) => name)
        .filter((name) => own.settings(name).secretsProvider !== undefined);
    const backend = process.env["PULUMI_BACKEND_URL"] || own.manifest.backend?.url;
    return [
        ...(initialised.length > 0 ? [`${initialised.join(", ")} in stacks/`] : []),
        ...(backend ? ["a backend is set"] : []),
    ];
}
