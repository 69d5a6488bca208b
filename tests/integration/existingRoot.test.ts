import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { exportFiles } from "../../operations/export";
import { Project } from "../../operations/project/project";
import { destroy } from "../../operations/destroy";
import { up } from "../../operations/up";
import { localDir } from "../../local/paths";
import { checkCa } from "../../pki/rules/checkCa";
import { LeakSearch } from "../leaks";
import { opensslKeys, opensslRoot } from "../signing";
import { freshProject, pulumi } from "./fixture";

describe("A stack root with a root that existed before it", function () {
    this.timeout("10m");
    let project: Project;

    before(async () => {
        project = await freshProject("existing", {
            root: {
                role: "root",
                clusters: ["under1"],
                rootCertificate: path.join(localDir, "tests", "existing", "root.pem"),
            },
            under1: { role: "cluster", deploy: false },
        });
        for (const { name } of project.stacks()) {
            await project.openOrCreate(name);
        }
        for (const name of ["root", "other"]) {
            await opensslRoot(project.dir, name, { key: opensslKeys.rsa });
        }
    });

    after(() => destroy(project, project.stacks()));

    it("refuses another root's key", async () => {
        await setKey("other-key.pem");
        const { exitCode, output } = await pulumi(project, "root", "preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /a file whose certificate belongs to another key than the one given/);
        assert.doesNotMatch(output, /PRIVATE KEY/);
    });

    it("signs the clusters with it", async () => {
        await setKey("root-key.pem");
        await up(project, project.stacks());
        const files = await exportFiles(project, "under1", path.join(project.dir, "export"));
        const read = Object.fromEntries(
            files.map((file) => [path.basename(file), fs.readFileSync(file, "utf8")]),
        );
        assert.deepEqual(checkCa(read), []);
        assert.ok(
            read["root-cert.pem"]!.includes(fs.readFileSync(path.join(project.dir, "root.pem"), "utf8")),
        );
    });

    it("keeps its key encrypted in the state", async () => {
        const { output } = await pulumi(project, "root", "stack", "export");
        const key = fs.readFileSync(path.join(project.dir, "root-key.pem"), "utf8");
        assert.deepEqual(new LeakSearch({ key }).leaks("state", output), []);
    });

    async function setKey(file: string) {
        await execa("pulumi", ["config", "set", "--secret", "rootKey", "--stack", "root"], {
            cwd: project.dir,
            env: project.variables("root"),
            input: fs.readFileSync(path.join(project.dir, file)),
        });
    }
});
