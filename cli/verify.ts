import { Command, InvalidArgumentError } from "commander";
import { Project } from "./project";
import { main } from "./tasks";
import { verify } from "./verification";

interface Options {
    limit: number;
    json?: boolean;
}

const program = new Command("verify")
    .description(
        "Prove by real handshakes that a stack's mesh runs under its CA. Exit status: 0 yes, 1 no, 2 cannot tell.",
    )
    .argument("<stack>", "the stack, such as cluster1")
    .option("--limit <seconds>", "until when what fails is tried again", seconds, 60)
    .option("--json", "print the report as JSON")
    .action((stack: string, { limit, json }: Options) =>
        main(async () => {
            const { output, exitCode } = await verify(Project.current(), stack, {
                limitSeconds: limit,
                json,
                onProgress: (line) => console.error(line),
            });
            console.log(output);
            return exitCode;
        }),
    );
void program.parseAsync();

function seconds(text: string): number {
    if (!(Number(text) > 0 && Number.isFinite(Number(text)))) {
        throw new InvalidArgumentError("Allowed: seconds, above 0.");
    }
    return Number(text);
}
