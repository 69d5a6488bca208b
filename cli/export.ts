import { ProjectOption, stackCommand } from "./options";
import { print } from "./print";
import { runCommand } from "./runCommand";

/** Writes a stack's CA as files. */
export const exportCa = stackCommand(
    "export",
    "export -- cluster1 certs/cluster1",
    "export -- root certs/root",
)
    .description("Write a stack's CA as files, as Istio's tools/certs would: ca-cert.pem, ca-key.pem, …")
    .argument("<stack>", "the stack, such as cluster1")
    .argument("<dir>", "the folder to write to")
    .action((stack: string, dir: string, options: ProjectOption) =>
        runCommand(async () => {
            const { chosen, currentProject } = await import("./stacks.ts");
            const { exportFiles } = await import("../operations/export.ts");
            const project = await currentProject(options);
            chosen(project, [stack]);
            print((await exportFiles(project, stack, dir)).join("\n"));
        }),
    );
