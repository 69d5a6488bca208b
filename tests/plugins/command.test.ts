import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as fs from "node:fs/promises";
import * as path from "node:path";
import { secret, unknownValue } from "../../local/plugins/properties";
import { PropertyMap } from "../../local/plugins/provider";
import { PluginProcess } from "./pluginProcess";
import { Answer, Json, recordedExchanges, some } from "./replay";

const type = "command:local:Command";

describe("the stand-in for the command plugin", function () {
    this.timeout(30_000);
    let plugin: PluginProcess;
    before(async () => {
        plugin = await PluginProcess.start("command", { OUTER: "from outside" });
    });
    after(() => plugin.stop());

    describe("answers as the official plugin did", () => {
        for (const { source, method, request, response, error } of some(
            recordedExchanges("command").filter(runsHere),
        )) {
            it(source, async () => {
                const answer = await plugin.call(method, request);
                assert.deepEqual(comparable(answer), comparable({ response, error }));
            });
        }
    });

    describe("beyond what was recorded", () => {
        const create = async (properties: Json): Promise<Answer> =>
            plugin.call("Create", { ...resource, properties });
        const outputs = async (properties: Json): Promise<PropertyMap> => {
            const { response, error } = await create(properties);
            assert.equal(error, undefined);
            return response!["properties"] as PropertyMap;
        };

        it("gives the whole environment, the given one on top", async () => {
            const { stdout } = await outputs({
                create: "echo $OUTER $INNER",
                environment: { INNER: "and inside" },
            });
            assert.equal(stdout, "from outside and inside");
        });

        it("unwraps secret inputs and keeps them secret in the outputs", async () => {
            const inputs = {
                create: "cat; echo $KEY",
                stdin: secret("in "),
                environment: { KEY: secret("key") },
            };
            assert.deepEqual(await outputs(inputs), { ...inputs, stdout: "in key", stderr: "" });
        });

        it("does without a command", async () => {
            assert.deepEqual(await outputs({ delete: "true" }), { delete: "true", stdout: "", stderr: "" });
        });

        it("strips only one line end", async () => {
            assert.equal((await outputs({ create: "printf 'a\\n\\n'" }))["stdout"], "a\n");
        });

        it("logs each line to the engine, in order", async () => {
            const before = plugin.messages.length;
            await outputs({ create: "echo one; echo two; printf three" });
            assert.deepEqual(plugin.messages.slice(before), ["info: one", "info: two", "info: three"]);
        });

        for (const [logging, logged] of [
            ["stdout", ["info: out"]],
            ["stderr", ["info: err"]],
            ["none", []],
        ] as const) {
            it(`logs what logging "${logging}" says`, async () => {
                const before = plugin.messages.length;
                await outputs({ create: "echo out; echo err >&2", logging });
                assert.deepEqual(plugin.messages.slice(before), logged);
            });
        }

        it("accepts a command that reads no input", async () => {
            assert.equal((await outputs({ create: "true", stdin: "x".repeat(1 << 20) }))["stdout"], "");
        });

        it("says why a command could not be started", async () => {
            assert.equal(
                (await create({ create: "x", interpreter: ["no-such-program"] })).error,
                'exec: "no-such-program": executable file not found in $PATH: running "x":\n',
            );
            assert.equal(
                (await create({ create: "true", dir: "/no/such/folder" })).error,
                'chdir /no/such/folder: no such file or directory: running "true":\n',
            );
        });

        it("quotes the command of an error as Go does", async () => {
            assert.equal(
                (await create({ create: 'exit 3 # "ü\t\u0001"' })).error,
                'exit status 3: running "exit 3 # \\"ü\\t\\x01\\"":\n',
            );
        });

        it("deletes with what the state holds", async () => {
            const file = path.join(plugin.dir, "deleted");
            const properties = {
                delete: `echo "$NAME $PULUMI_COMMAND_STDOUT" > ${file}`,
                environment: { NAME: "saved" },
                stdout: "before",
                stderr: "",
            };
            const answer = await plugin.call("Delete", { ...resource, id: "x1", properties, oldInputs: {} });
            assert.deepEqual(answer, { response: {} });
            assert.equal(await fs.readFile(file, "utf8"), "saved before\n");
        });

        it("marks additions, removals and secrets that change", async () => {
            const olds = {
                create: "a",
                stdin: secret("1"),
                environment: { GONE: "x", SAME: "y" },
                stdout: "",
            };
            const news = {
                create: "a",
                stdin: secret("2"),
                environment: { "NEW.ONE": "x", SAME: "y" },
                update: "u",
            };
            const { response } = await plugin.call("Diff", { ...resource, id: "x1", olds, news });
            assert.deepEqual(response!["detaileddiff"], {
                stdin: { kind: "UPDATE" },
                "environment.GONE": { kind: "DELETE" },
                'environment["NEW.ONE"]': {},
                update: {},
            });
            assert.deepEqual((response!["diffs"] as string[]).toSorted(), ["environment", "stdin", "update"]);
        });

        it("treats an unknown value as a change", async () => {
            const { response } = await plugin.call("Diff", {
                ...resource,
                id: "x1",
                olds: { create: "a", stdin: "known" },
                news: { create: "a", stdin: unknownValue },
            });
            assert.deepEqual(response!["detaileddiff"], { stdin: { kind: "UPDATE" } });
        });

        it("refuses to make assets, which no resource of the program asks for", async () => {
            for (const paths of [{ assetPaths: ["*.txt"] }, { archivePaths: ["*.txt"] }]) {
                const { error } = await create({ create: "true", ...paths });
                assert.match(error!, /makes no assets: .* need the official plugin/);
            }
        });

        it("ends running commands with their children when the engine cancels", async () => {
            const file = path.join(plugin.dir, "pid");
            const running = create({
                create: `sleep 600 & echo $! > ${file}.new; mv ${file}.new ${file}; wait`,
            });
            const pid = Number(await contentOf(file));
            await plugin.call("Cancel", {});
            assert.match((await running).error!, /^signal: killed: running /);
            assert.equal(isRunning(pid), false);
        });
    });

    it("leaves no command running when it is interrupted itself", async () => {
        const other = await PluginProcess.start("command");
        const file = path.join(plugin.dir, "orphan");
        const running = other.call("Create", {
            ...resource,
            properties: { create: `echo $$ > ${file}; sleep 600` },
        });
        const pid = Number(await contentOf(file));
        await other.stop();
        await running;
        assert.equal(isRunning(pid), false);
    });
});

const resource = { type, name: "x", urn: `urn:pulumi:s::p::${type}::x` };

/** The commands of the recorded mesh need a cluster, and the stand-in makes no assets. */
function runsHere({ source, method, request }: { source: string; method: string; request: Json }): boolean {
    const changes = ["Create", "Update", "Delete"].includes(method) && !request["preview"];
    const asksForAssets = method === "Create" && "assetPaths" in (request["properties"] as Json);
    return !(source.startsWith("mesh-") && changes) && !asksForAssets;
}

/** The answer without its random parts. */
function comparable({ response, error }: Answer): Answer {
    if (!response) {
        return { error };
    }
    const result = { ...response };
    if (typeof result["id"] === "string") {
        result["id"] = result["id"].replace(/[0-9a-f]{8}$/, "…");
    }
    if (result["diffs"]) {
        result["diffs"] = (result["diffs"] as string[]).toSorted();
    }
    return { response: result };
}

/** The content of a file once it has any. */
async function contentOf(file: string): Promise<string> {
    for (;;) {
        const content = await fs.readFile(file, "utf8").catch(() => "");
        if (content.endsWith("\n")) {
            return content;
        }
        await new Promise((resolve) => setTimeout(resolve, 10));
    }
}

function isRunning(pid: number): boolean {
    try {
        process.kill(pid, 0);
        return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
    } catch {
        return false;
    }
}
