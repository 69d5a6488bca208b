import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectDir } from "../local/paths";
import { goEnvironment, goFlags } from "../local/toolchain/goPart";
import { programsModule, programsTags } from "../local/toolchain/goPrograms";

/** What istiod's own packages, agents and peers do with a CA; empty if they accept it. */
export interface IstiodVerdict {
    start: string;
    reload: string;
    server: string;
    client: string;
    istiod: string;
    webhook: string;
    /** What an agent gives its Envoy, PEM; empty if istiod does not start. */
    chain: string;
    key: string;
    root: string;
}

/** Has istiod's own code judge CAs. @param questions - as `istiodQuestion` makes them */
export async function judgeByIstiod(questions: unknown[]): Promise<IstiodVerdict[]> {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "istiod-"));
    try {
        const program = path.join(dir, "istiod");
        const source = path.join(projectDir, "tests", "istiod", "main.go");
        // Built as the toolchain builds istiod, whose packages Go then has in its cache.
        await execa("go", ["build", ...goFlags, `-tags=${programsTags}`, "-o", program, source], {
            cwd: programsModule,
            env: goEnvironment,
        });
        const input = questions.map((question) => `${JSON.stringify(question)}\n`).join("");
        const { stdout } = await execa(program, { input, maxBuffer: 2 ** 30 });
        return stdout.split("\n").map((line) => JSON.parse(line) as IstiodVerdict);
    } finally {
        fs.rmSync(dir, { recursive: true, force: true });
    }
}
