import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { environmentFile } from "../../../operations/project/environment";
import { Project } from "../../../operations/project/project";
import { oldestPulumi } from "../../../operations/project/tools";
import { inTemporaryFolder } from "../support/temporary";

describe("The pulumi of a project", () => {
    it("is the one that its environment names, which is asked once for its version", () =>
        inTemporaryFolder(async (dir) => {
            const before = process.env["PATH"];
            const [bin, asked] = [path.join(dir, "bin"), path.join(dir, "asked")];
            fs.mkdirSync(bin);
            fs.writeFileSync(
                path.join(bin, "pulumi"),
                `#!/bin/sh\necho "$1" >>${asked}\ncase "$1" in version) echo v${oldestPulumi};; *) echo '[]';; esac\n`,
                { mode: 0o755 },
            );
            fs.writeFileSync(path.join(dir, "Pulumi.yaml"), "name: project\nruntime: nodejs\n");
            fs.writeFileSync(
                path.join(dir, environmentFile),
                JSON.stringify({ variables: {}, path: [bin], passphrases: path.join(dir, "passphrases") }),
            );
            try {
                process.env["PATH"] = "/bin";
                const project = new Project(dir);
                await project.requireTools([]);
                assert.equal(await project.version("pulumi"), oldestPulumi);
                assert.deepEqual(await project.existing(), []);
            } finally {
                process.env["PATH"] = before;
            }
            assert.deepEqual(fs.readFileSync(asked, "utf8").split("\n"), ["version", "stack", ""]);
        }));
});
