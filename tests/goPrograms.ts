import * as path from "node:path";
import { projectDir } from "../local/paths";
import { goPart } from "../local/toolchain/goPart";
import { inspectMachine } from "../local/toolchain/machine";
import { ensurePart } from "../local/toolchain/part";

/**
 * Builds the programs of the Go module in a folder of the tests, unless they are there, as the toolchain builds its own.
 *
 * @param packages - what is built, such as `tool` for all tools that go.mod names
 * @returns the folder that holds them.
 */
export async function goPrograms(
    name: string,
    packages: string | readonly string[],
    tags?: string,
): Promise<string> {
    const { goVersion = "" } = await inspectMachine();
    const module = path.join(projectDir, "tests", name);
    const part = goPart({
        name,
        title: name,
        expected: "3 minutes",
        module,
        packages: [packages].flat(),
        goVersion,
        ...(tags && { tags }),
    });
    await ensurePart(part);
    return path.join(part.folder, "bin");
}
