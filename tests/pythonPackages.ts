import * as path from "node:path";
import { projectDir, toolchainDir } from "../local/paths";
import { definePart, ensurePart } from "../local/toolchain/part";
import { capture, runLogged } from "../local/toolchain/run";

/**
 * Installs the Python packages that `requirements.txt` in a folder of the tests pins by hashes, unless they are there.
 *
 * @returns the folder that holds them, for PYTHONPATH.
 */
export async function pythonPackages(name: string): Promise<string> {
    const requirements = path.join(projectDir, "tests", name, "requirements.txt");
    const part = definePart({
        directory: toolchainDir,
        name: `${name}-python`,
        title: `Python packages of ${name}`,
        expected: "1 minute",
        inputs: [await capture("python3", ["--version"], {})],
        sources: [requirements],
        build: (folder) => pipInstall(folder, ["--require-hashes", "--requirement", requirements]),
    });
    await ensurePart(part);
    return part.folder;
}

/** Installs packages into a folder. */
export async function pipInstall(
    folder: string,
    args: string[],
    env: Record<string, string> = {},
): Promise<void> {
    const pip = [
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--root-user-action=ignore",
    ];
    await runLogged("python3", [...pip, "--target", folder, ...args], { log: "python", env });
}
