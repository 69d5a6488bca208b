import assert from "node:assert/strict";
import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as net from "node:net";
import * as path from "node:path";
import { execa } from "execa";
import { until } from "../../local/clusters/until";
import { projectDir, typescript } from "../../local/paths";
import { environmentFile, ProjectEnvironment } from "../../operations/project/environment";
import { Project } from "../../operations/project/project";
import { Certificate } from "../../pki/certificate";
import type { ClusterOutputs, RootOutputs } from "../../stacks/outputs";
import { freePort } from "../freePort";
import { goPrograms } from "../goPrograms";
import { freshProject, Outcome, outputs, pulumi } from "./fixture";

const clusters = ["c1", "c2", "c3", "c4"];

/** Without a mesh; in a project of its own, because it is another backend. */
describe("Stacks whose state is in an S3-compatible server", function () {
    this.timeout("15m");
    let project: Project;
    let server: ChildProcess | undefined;

    before(async () => {
        const bin = await goPrograms("versitygw", "tool");
        const cluster = { role: "cluster", deploy: false };
        project = await freshProject("s3", {
            root: { role: "root", clusters, protectRoot: false },
            ...Object.fromEntries(clusters.map((name) => [name, cluster])),
        });
        const port = await freePort();
        const [access, secret] = ["tests", "not a secret"];
        const dir = path.join(project.dir, "objects");
        fs.mkdirSync(path.join(dir, "states"), { recursive: true });
        server = spawn(path.join(bin, "versitygw"), ["--port", `127.0.0.1:${port}`, "posix", dir], {
            env: { PATH: process.env["PATH"], ROOT_ACCESS_KEY: access, ROOT_SECRET_KEY: secret },
            stdio: "ignore",
        });
        await until("versitygw", () => refused(port), { limit: 30_000 });
        const file = path.join(project.dir, environmentFile);
        const environment = JSON.parse(fs.readFileSync(file, "utf8")) as ProjectEnvironment;
        Object.assign(environment.variables, {
            PULUMI_BACKEND_URL: `s3://states?endpoint=http://127.0.0.1:${port}&region=us-east-1&s3ForcePathStyle=true`,
            AWS_ACCESS_KEY_ID: access,
            AWS_SECRET_ACCESS_KEY: secret,
        });
        fs.writeFileSync(file, JSON.stringify(environment));
        project = new Project(project.dir);
    });

    after(async () => {
        if (server?.exitCode === null) {
            server.kill();
            await once(server, "exit");
        }
    });

    it("come up by two commands at once without a signature that is lost", async () => {
        // Either may meet a stack that the other one works on, or a file that it is just writing; it says so then.
        const both = await Promise.all([up(), up()]);
        for (const { output } of both) {
            assert.doesNotMatch(output, /^\s+at .+:\d+:\d+\)?$/m);
        }
        const { exitCode, output } = await up();
        assert.equal(exitCode, 0, [...both.map((each) => each.output), output].join("\n"));
        const { certificates, issued } = await outputs<RootOutputs>(project, "root");
        for (const name of clusters) {
            const { ca, csr, status } = await outputs<ClusterOutputs>(project, name);
            assert.equal(status, "CA signed");
            const [signed] = Certificate.all(certificates[name]!.pem);
            assert.equal(signed!.fingerprint, ca!.fingerprint);
            assert.equal(certificates[name]!.csr, csr!.pem);
            const theirs = Object.values(issued).filter(({ cluster }) => cluster === name);
            assert.equal(theirs.length, 1, `${name} was signed for ${theirs.length} times`);
        }
    });

    it("have nothing to do afterwards, which any machine can tell", async () => {
        const { exitCode, output } = await up();
        assert.equal(exitCode, 0, output);
        assert.match(output, /nothing to do since the last up\W+5\b/);
    });

    it("keep no key that can be read in the server's files", () => {
        const files = fs.globSync("objects/states/.pulumi/stacks/**/*.json*", { cwd: project.dir });
        assert.ok(files.length >= 5, files.join(", "));
        for (const file of files) {
            assert.doesNotMatch(fs.readFileSync(path.join(project.dir, file), "latin1"), /PRIVATE KEY/);
        }
    });

    it("are taken down", async () => {
        for (const name of [...clusters, "root"]) {
            const { exitCode, output } = await pulumi(project, name, "destroy", "--yes", "--skip-preview");
            assert.equal(exitCode, 0, output);
        }
    });

    /** `npm run up`, as another machine would run it. */
    async function up(): Promise<Outcome> {
        const args = ["--require", typescript, "cli/main.ts", "up", "--project", project.dir];
        const { exitCode, all } = await execa(process.execPath, args, {
            cwd: projectDir,
            stdin: "ignore",
            all: true,
            reject: false,
        });
        return { exitCode: exitCode ?? -1, output: all };
    }
});

/** Why nobody answers on a port; undefined if somebody does. */
async function refused(port: number): Promise<string | undefined> {
    const socket = net.connect(port, "127.0.0.1");
    try {
        await once(socket, "connect");
        return undefined;
    } catch (error) {
        return (error as Error).message;
    } finally {
        socket.destroy();
    }
}
