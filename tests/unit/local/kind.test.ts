import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";
import { checkoutPrefix } from "../../../local/clusters/checkout";
import { chooseClusters } from "../../../local/kind/choice";
import { KindCluster } from "../../../local/kind/kindCluster";
import { kubeconfigPath, logsDir, projectDir } from "../../../local/paths";
import { localStacks, onKindCluster } from "../../../local/project";
import { inTemporaryFolder } from "../support/temporary";

describe("Clusters of kind", () => {
    const { PATH } = process.env;
    const name = `unit-${process.pid}`;
    const kindName = `${checkoutPrefix}-${name}`;
    let folder: string;
    let files: { dir: string; kubeconfig: string };
    const inFolder = (test: () => Promise<void>) => () =>
        inTemporaryFolder(async (temporary) => {
            folder = temporary;
            files = { dir: path.join(folder, "of-kind"), kubeconfig: path.join(folder, "kubeconfig") };
            process.env.PATH = `${folder}${path.delimiter}/usr/bin${path.delimiter}/bin`;
            fs.writeFileSync(path.join(folder, "clusters"), "somebody-elses\n");
            await test();
        });
    afterEach(() => Object.assign(process.env, { PATH }));
    afterEach(() =>
        fs
            .globSync(`${kindName}*.log`, { cwd: logsDir })
            .forEach((log) => fs.rmSync(path.join(logsDir, log))),
    );

    const program = (command: string, ...script: string[]) =>
        fs.writeFileSync(path.join(folder, command), ["#!/bin/sh", ...script].join("\n"), { mode: 0o755 });

    /** A `kind` that knows the clusters of a file, and records how it is called. */
    const recordingKind = (changes: string[] = []) =>
        program(
            "kind",
            `echo "$*" >> ${folder}/calls`,
            ...changes,
            'while [ -n "$1" ]; do case "$1" in --name) name=$2;; --kubeconfig) file=$2;; esac; words="$words $1"; shift; done',
            `case "$words" in`,
            `  " get clusters") cat ${folder}/clusters;;`,
            `  " create"*) echo $name >> ${folder}/clusters; write=true;;`,
            `  " export"*) write=true;;`,
            `  " delete"*) grep -vx $name ${folder}/clusters > ${folder}/left; mv ${folder}/left ${folder}/clusters;;`,
            "esac",
            '[ -z "$write" ] || (umask 077; cat > $file <<end',
            '{"clusters": [{"name": "kind-$name", "cluster": {"server": "https://127.0.0.1:1/$name"}}],',
            ' "users": [{"name": "kind-$name", "user": {"client-key-data": "key of $name"}}]}',
            "end",
            ")",
        );
    const calls = () => {
        const lines = fs.readFileSync(path.join(folder, "calls"), "utf8").trim().split("\n");
        fs.rmSync(path.join(folder, "calls"));
        return lines.map((line) => line.replaceAll(folder, "."));
    };

    it(
        "are created once, with a kubeconfig that names each as the stacks do, and that only its owner can read",
        inFolder(async () => {
            recordingKind();
            await new KindCluster(name, files).up();
            assert.deepEqual(calls(), [
                "get clusters",
                `create cluster --wait 3m --kubeconfig ./of-kind/${name}/kubeconfig.tmp --name ${kindName}`,
            ]);
            const { contexts, clusters, users } = parse(fs.readFileSync(files.kubeconfig, "utf8")) as Record<
                string,
                unknown
            >;
            assert.deepEqual(contexts, [{ name, context: { cluster: name, user: name } }]);
            assert.deepEqual(clusters, [{ name, cluster: { server: `https://127.0.0.1:1/${kindName}` } }]);
            assert.deepEqual(users, [{ name, user: { "client-key-data": `key of ${kindName}` } }]);
            assert.equal(fs.statSync(files.kubeconfig).mode & 0o777, 0o600);

            await new KindCluster(name, files).up();
            assert.deepEqual(calls(), [
                "get clusters",
                `export kubeconfig --kubeconfig ./of-kind/${name}/kubeconfig --name ${kindName}`,
            ]);
        }),
    );

    it(
        "are created again if an `up` was interrupted, or if somebody deleted them",
        inFolder(async () => {
            recordingKind([`case "$1" in create) echo ${kindName} >> ${folder}/clusters; exit 1;; esac`]);
            await assert.rejects(
                new KindCluster(name, files).up(),
                /^Error: kind create ended with status 1/,
            );
            assert.deepEqual(
                KindCluster.all(files).map((each) => each.name),
                [name],
                "npm stop knows it",
            );
            calls();
            recordingKind();
            await new KindCluster(name, files).up();
            const made = (words: string) => words.split(" ").slice(0, 2).join(" ");
            assert.deepEqual(calls().map(made), ["get clusters", "delete cluster", "create cluster"]);
            fs.writeFileSync(path.join(folder, "clusters"), "");
            await new KindCluster(name, files).up();
            assert.deepEqual(calls().map(made), ["get clusters", "create cluster"]);
        }),
    );

    it(
        "are removed, and nobody else's",
        inFolder(async () => {
            recordingKind();
            await Promise.all([name, `${name}-2`].map((each) => new KindCluster(each, files).up()));
            calls();
            for (const cluster of KindCluster.all(files)) {
                await cluster.down();
            }
            assert.deepEqual(
                calls().filter((words) => words.startsWith("delete")),
                [name, `${name}-2`].map(
                    (each) =>
                        `delete cluster --kubeconfig ./of-kind/${each}/kubeconfig --name ${checkoutPrefix}-${each}`,
                ),
            );
            assert.equal(fs.readFileSync(path.join(folder, "clusters"), "utf8"), "somebody-elses\n");
            assert.equal(fs.existsSync(files.kubeconfig), false);
            assert.deepEqual(KindCluster.all(files), []);
        }),
    );

    it(
        "are not considered removed while Docker does not answer",
        inFolder(async () => {
            recordingKind();
            const cluster = new KindCluster(name, files);
            await cluster.up();
            program("kind", "echo 'ERROR: Cannot connect to the Docker daemon' >&2; exit 1");
            await assert.rejects(cluster.down(), {
                message: `\`kind get clusters\` fails, so nothing was done about cluster ${name}. Start Docker and run the command again.`,
            });
            assert.deepEqual(
                KindCluster.all(files).map((each) => each.name),
                [name],
            );
        }),
    );

    it(
        "are ready when their API server says so",
        inFolder(async () => {
            const cluster = new KindCluster(name, files);
            program("kubectl", `echo "$*" >> ${folder}/calls; echo ok`);
            assert.equal(await cluster.isReady(), true);
            assert.deepEqual(calls(), [
                `--kubeconfig ./of-kind/${name}/kubeconfig --request-timeout=5s get --raw /readyz`,
            ]);
            program("kubectl", "exit 1");
            assert.equal(await cluster.isReady(), false);
        }),
    );

    it("have the same stacks as built clusters, without what stock Envoy needs", () => {
        const built = localStacks();
        const ofKind = localStacks(onKindCluster);
        assert.deepEqual(Object.keys(ofKind), Object.keys(built));
        assert.deepEqual(ofKind["cluster1"], {
            role: "cluster",
            kubeconfig: kubeconfigPath,
            context: "cluster1",
        });
        assert.deepEqual(ofKind["root"], built["root"]);
    });

    it("are as many as asked for, all below one root", () => {
        const stacks = localStacks(onKindCluster, 3);
        const names = ["cluster1", "cluster2", "cluster3"];
        assert.deepEqual(Object.keys(stacks), [...names, "root"]);
        assert.deepEqual(stacks["root"]!["clusters"], names);
        assert.deepEqual(stacks["cluster3"], { ...stacks["cluster1"], context: "cluster3" });
    });

    describe("are chosen", () => {
        const none = { built: [], kind: [] };
        /** A machine with all that clusters of kind need. */
        const install = () => {
            program("docker", `echo "$*" >> ${folder}/calls`);
            program("kind");
            program("pulumi", "echo v3.300.0");
            program("pulumi-language-nodejs");
            program("istioctl", `echo '{"clientVersion": {"version": "1.31.0"}}'`);
            program("kubectl", `echo '{"clientVersion": {"gitVersion": "v1.36.1"}}'`);
        };
        const without = (...commands: string[]) => {
            process.env.PATH = folder;
            commands.forEach((command) => fs.rmSync(path.join(folder, command)));
        };
        const missing: [string, () => void, RegExp][] = [
            ["Docker", () => without("docker"), /^ {2}- docker is not on PATH\. Install Docker: https:/m],
            [
                "an answer of Docker",
                () => program("docker", "exit 1"),
                /^ {2}- Docker does not answer \(`docker info` fails\): start it$/m,
            ],
            ["kind", () => without("kind"), /^ {2}- kind is not on PATH\. Install it: https:/m],
            [
                "kubectl",
                () => without("kubectl"),
                /^ {2}- kubectl is not on PATH\. Put kubectl 1\.28\.0 or newer/m,
            ],
            ["istioctl", () => without("istioctl"), /^ {2}- istioctl is not on PATH\. Put istioctl/m],
            ["Pulumi", () => without("pulumi"), /^ {2}- pulumi is not on PATH\. Put pulumi/m],
            [
                "Pulumi's language host",
                () => without("pulumi-language-nodejs"),
                /^ {2}- pulumi is on PATH without its Node\.js language host/m,
            ],
        ];

        it(
            "if the machine has all that they need, with its own tools",
            inFolder(async () => {
                install();
                const choice = await chooseClusters(none);
                assert.ok(choice.use === "kind");
                assert.deepEqual(
                    [choice.tools.pulumi.path, choice.tools.kubectl, choice.tools.istioctl],
                    ["pulumi", "kubectl", "istioctl"].map((tool) => path.join(folder, tool)),
                );
                assert.equal(choice.tools.pulumi.official, true);
                assert.deepEqual(calls(), ["info"]);
            }),
        );

        for (const [what, remove, fault] of missing) {
            it(
                `not without ${what}: then clusters are built, and --local kind is refused`,
                inFolder(async () => {
                    install();
                    remove();
                    const choice = await chooseClusters(none);
                    assert.ok(choice.use === "built");
                    assert.match(
                        choice.note!,
                        /^The local clusters are built from source, because kind cannot/,
                    );
                    assert.match(choice.note!, fault);
                    assert.equal(choice.note!.split("\n").length, 2, choice.note);
                    await assert.rejects(chooseClusters(none, "kind"), (error: Error) => {
                        assert.match(error.message, /^Clusters of kind cannot be used:\n[^]*--local built$/);
                        assert.match(error.message, fault);
                        return true;
                    });
                }),
            );
        }

        it(
            "not if neither Docker nor kind is there, without a word",
            inFolder(async () => {
                process.env.PATH = folder;
                assert.deepEqual(await chooseClusters(none), { use: "built" });
            }),
        );

        it(
            "as the user says, without a look at Docker",
            inFolder(async () => {
                install();
                assert.deepEqual(await chooseClusters(none, "built"), { use: "built" });
                assert.throws(calls);
            }),
        );

        it("by `npm start -- --local kind`, which changes nothing if it cannot have them", function () {
            this.timeout(60_000);
            const args = ["local/run.cjs", "local/start.ts", "--local", "kind"];
            const env = { ...process.env, PATH: path.dirname(process.execPath) };
            const options = { cwd: projectDir, encoding: "utf8", env } as const;
            const { status, stdout, stderr } = spawnSync(process.execPath, args, options);
            assert.match(
                stderr,
                /^(Clusters of kind cannot be used:|The local clusters that exist were built from source)/,
            );
            assert.deepEqual([stdout, status], ["", 1]);
        });

        it(
            "if they exist, and never together with those of the other sort",
            inFolder(async () => {
                install();
                assert.deepEqual(await chooseClusters({ ...none, built: ["cluster1"] }), { use: "built" });
                assert.equal((await chooseClusters({ ...none, kind: ["cluster1"] })).use, "kind");
                await assert.rejects(chooseClusters({ ...none, built: ["cluster1"] }, "kind"), {
                    message:
                        "The local clusters that exist were built from source. Remove them first: npm stop",
                });
                await assert.rejects(chooseClusters({ ...none, kind: ["cluster1"] }, "built"), {
                    message:
                        "The local clusters that exist are clusters of kind. Remove them first: npm stop",
                });
                fs.rmSync(path.join(folder, "docker"));
                process.env.PATH = folder;
                await assert.rejects(
                    chooseClusters({ ...none, kind: ["cluster1"] }),
                    /docker is not on PATH/,
                );
            }),
        );
    });
});
