import { Command } from "commander";
import type { ClusterOutputs } from "../stacks/outputs";
import { Project } from "./project";
import { main } from "./tasks";

const program = new Command("csr")
    .description("Print the certificate request of a cluster's stack, PEM, for an outside signer.")
    .argument("<stack>", "the stack, such as cluster1")
    .action((name: string) =>
        main(async () => {
            const stack = await Project.current().open(name);
            const csr = (await stack.outputs())["csr"]?.value as ClusterOutputs["csr"];
            if (!csr) {
                throw new Error(`Stack ${name} has no request yet: \`pulumi up --stack ${name}\` makes it.`);
            }
            console.log(csr.pem.trimEnd());
        }),
    );
void program.parseAsync();
