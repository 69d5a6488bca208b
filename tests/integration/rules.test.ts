import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { execa } from "execa";
import { projectDir } from "../../local/paths";
import { goEnvironment, goFlags } from "../../local/toolchain/goPart";
import { programsModule, programsTags } from "../../local/toolchain/goPrograms";
import { reloadRefusal, startRefusal } from "../../pki/rules/istiod";
import { CaBundle, caBundles, writeCaFiles } from "../caBundles";

/** The verdict of istiod's own code; empty: it accepts the files. */
interface Verdict {
    start: string;
    reload: string;
}

describe("The rules and istiod", function () {
    this.timeout("20m");
    let dir: string;
    let bundles: [string, CaBundle][];
    let verdicts: Verdict[];

    before(async () => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "ca-bundles-"));
        bundles = Object.entries(await caBundles());
        const folders = bundles.map(([, { files }], index) =>
            writeCaFiles(path.join(dir, String(index)), files),
        );
        verdicts = await judge(folders[0]!, folders);
    });

    after(() => fs.rmSync(dir, { recursive: true, force: true }));

    it("agree on every bundle of the corpus when istiod starts", async () => {
        const ours = await Promise.all(
            bundles.map(async ([, { files }]) => (await startRefusal(files)) !== undefined),
        );
        compare(ours, "start");
    });

    it("agree on every bundle of the corpus when istiod reloads", async () => {
        const ours = await Promise.all(
            bundles.map(async ([, { files }]) => (await reloadRefusal(files)) !== undefined),
        );
        compare(ours, "reload");
    });

    function compare(ours: boolean[], when: keyof Verdict) {
        const tell = (refuses: (index: number) => boolean) =>
            Object.fromEntries(bundles.map(([name], index) => [name, refuses(index) ? "refused" : "taken"]));
        const theirs = tell((index) => verdicts[index]![when] !== "");
        assert.deepEqual(
            tell((index) => ours[index]!),
            theirs,
            JSON.stringify(verdicts, undefined, 1),
        );
        assert.equal(new Set(Object.values(theirs)).size, 2);
    }

    /** Built as the toolchain builds istiod, whose packages Go then has in its cache. */
    async function judge(running: string, folders: string[]): Promise<Verdict[]> {
        const program = path.join(projectDir, "tests", "istiod", "main.go");
        const { stdout } = await execa(
            "go",
            ["run", ...goFlags, `-tags=${programsTags}`, program, running, ...folders],
            {
                cwd: programsModule,
                env: goEnvironment,
            },
        );
        return stdout.split("\n").map((line) => JSON.parse(line) as Verdict);
    }
});
