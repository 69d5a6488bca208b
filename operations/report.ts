import { trustReport, TrustReport } from "../report/trustReport";
import { chosen, Project } from "./project/project";
import { stackOutputs } from "./project/stackOutputs";

/** Who trusts whom according to what the stacks of these names, or all, have exported. Reads what is public, and asks no cluster. */
export async function report(project: Project, names: string[], now = new Date()): Promise<TrustReport> {
    const entries = names.length > 0 ? chosen(project, names) : project.stacks();
    const existing = new Set((await project.existing()).map(({ name }) => name));
    const stacks = await project.each(entries, async ({ name, role }) => {
        const outputs = existing.has(name) ? await stackOutputs(project, name) : {};
        return { stack: name, role, outputs };
    });
    return trustReport(project.manifest.name, stacks, now);
}
