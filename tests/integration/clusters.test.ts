import * as assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs";
import * as path from "node:path";
import { createInterface } from "node:readline";
import * as clusters from "../../local/clusters";
import { Cluster } from "../../local/clusters/cluster";
import { Node } from "../../local/clusters/node";
import { until } from "../../local/clusters/until";
import { ensureImages, type Images } from "../../local/images/images";
import { clustersDir, kubeconfigPath, projectDir } from "../../local/paths";
import { kubernetesVersion } from "../../local/toolchain/goPrograms";
import { capture } from "../../local/toolchain/run";
import { ensureToolchain, type Toolchain } from "../../local/toolchain/toolchain";

const [first, second] = ["crash-1", "crash-2"] as const;

describe("local clusters", function () {
    this.timeout(300_000);
    let programs: Toolchain;
    let images: Images;
    let untouched: Machine;
    const up = (...names: string[]) => clusters.up(names, { programs, images });
    const kubectl = (cluster: string, ...args: string[]) =>
        capture(programs.kubernetes.kubectl, ["--kubeconfig", kubeconfigPath, "--context", cluster, ...args]);
    const pod = async (cluster: string, name: string, image: string, ...command: string[]) => {
        await kubectl(cluster, "run", name, `--image=${image}`, ...command);
        await kubectl(cluster, "wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s");
    };

    before(async () => {
        programs = await ensureToolchain();
        images = await ensureImages(programs);
        await clusters.down([first, second]);
        untouched = await machine();
    });

    after(() => clusters.down([first, second]));

    it("come up in parallel, and pods of one reach pods and Services of the other", async () => {
        await up(first, second);
        assert.deepEqual(await missing(first, second), { [first]: [], [second]: [] });
        await Promise.all([
            pod(first, "client", images.names.curl, "--command", "--", "sleep", "infinity"),
            pod(second, "server", images.names.httpbin, "--port=8080", "--expose"),
        ]);
        const podIp = await kubectl(second, "get", "pod/server", "--output=jsonpath={.status.podIP}");
        const serviceIp = await kubectl(
            second,
            "get",
            "service/server",
            "--output=jsonpath={.spec.clusterIP}",
        );
        const get = [
            "exec",
            "client",
            "--",
            "curl",
            "--silent",
            "--write-out",
            "%{http_code}",
            "--max-time",
            "5",
        ];
        for (const server of [podIp, serviceIp]) {
            assert.equal(await kubectl(first, ...get, `http://${server}:8080/status/204`), "204");
        }
    });

    it("keep their private keys to their owner", async () => {
        const files = [kubeconfigPath, ...filesBelow(path.join(clustersDir, first, "pki"))];
        const kubeconfigs = filesBelow(path.join(clustersDir, first, "kubeconfig"));
        const open = [...files, ...kubeconfigs].filter((file) => (fs.statSync(file).mode & 0o077) !== 0);
        assert.deepEqual(open, []);
        const commands = await commandLines(first);
        assert.ok(commands.length > 0 && kubeconfigs.length > 0);
        assert.deepEqual(
            commands.filter((line) => line.includes("PRIVATE KEY")),
            [],
        );
    });

    it("are left running by another `up`", async () => {
        const before = pids(first);
        await up(first, second);
        assert.deepEqual(pids(first), before);
    });

    it("are listed by `npm run local -- status`", () => {
        const command = ["local/run.cjs", "local/cli.ts", "status"];
        const run = (...args: string[]) =>
            spawnSync(process.execPath, [...command, ...args], { cwd: projectDir, encoding: "utf8" }).stdout;
        const listed = JSON.parse(run("--json")) as clusters.ClusterStatus[];
        const cluster = listed.find(({ name }) => name === first);
        assert.deepEqual([cluster?.ready, cluster?.version], [true, kubernetesVersion]);
        assert.match(
            run(),
            new RegExp(`^│ ${first} +│ ${kubernetesVersion} │ yes +│ ${cluster?.server} │ \\d+ MiB `, "m"),
        );
    });

    it("change nothing on the machine outside their namespaces", async () => {
        assert.deepEqual(await machine(), untouched);
    });

    for (const component of ["etcd", "kube-apiserver", "containerd", "kubelet", "api-forwarder", "node"]) {
        it(`are repaired with their data after the sudden death of ${component}`, async () => {
            await kubectl(first, "create", "configmap", `before-${component}`);
            const died = pids(first)[component]!;
            process.kill(died, "SIGKILL");
            const [state] = (await clusters.status()).filter(({ name }) => name === first);
            assert.equal(state?.ready, false, `Ready without ${component}`);
            await up(first);
            assert.notEqual(pids(first)[component], died);
            assert.deepEqual(await missing(first), { [first]: [] });
            await kubectl(first, "get", "configmap", `before-${component}`);
            await kubectl(first, "wait", "--for=condition=Ready", "pod/client", "--timeout=60s");
            const hostname = await kubectl(first, "exec", "client", "--", "cat", "/etc/hostname");
            assert.equal(hostname, "client");
        });
    }

    // Version 2 has a single hierarchy, so nothing of a cgroup is left if it is not there.
    if (fs.existsSync("/sys/fs/cgroup/cpuset")) {
        it("are repaired if their removal has stopped half-way", async () => {
            const { node, ...others } = pids(second);
            Object.values(others).forEach((pid) => process.kill(pid, "SIGKILL"));
            const folder = `/sys/fs/cgroup/cpuset${Cluster.find(second)!.cgroup.path}`;
            const removal = `find ${folder} -name cgroup.procs -exec cat {} + | xargs --no-run-if-empty kill -KILL
                             find ${folder} -depth -type d -exec rmdir {} +`;
            await until(
                folder,
                () => (spawnSync("sh", ["-c", removal]).status === 0 ? undefined : "it is not empty"),
                { limit: 10_000 },
            );
            await up(second);
            assert.notEqual(pids(second)["node"], node);
            assert.deepEqual(await missing(second), { [second]: [] });
            await kubectl(second, "wait", "--for=condition=Ready", "pod/server", "--timeout=60s");
        });
    }

    it("are removed without a trace, and without harm to the others", async () => {
        await clusters.down([first]);
        assert.deepEqual(await traces(first), []);
        assert.deepEqual(await missing(second), { [second]: [] });
        await kubectl(second, "get", "pod/server");
        await clusters.down([second]);
        assert.deepEqual(await traces(second), []);
        assert.deepEqual(await machine(), untouched);
    });

    it("are linked, though the end of a link to a node that is gone is still there", async () => {
        await up(first, second);
        const [one, two] = [first, second].map((name) => Cluster.find(name)!);
        const onFirst = (...command: string[]) => {
            const [nsenter, ...enter] = new Node(one!).enter;
            return capture(nsenter, [...enter, ...command]);
        };
        await clusters.down([second]);
        // The kernel removes the real one at a time of its own.
        await onFirst(
            "sh",
            "-c",
            `ip link delete to-${two!.index}; ip link add to-${two!.index} type veth peer name gone`,
        );
        await up(second);
        assert.equal(Cluster.find(second)!.index, two!.index);
        await onFirst("bash", "-c", `exec 3<>/dev/tcp/${two!.nodeIp}/6443`);
        await clusters.down([first, second]);
    });

    for (const step of ["certificates", "etcd", "kubelet"]) {
        it(`recover from an \`up\` that was killed when it had reported "${step}"`, async () => {
            await killedUp(first, step);
            await up(first);
            assert.deepEqual(await missing(first), { [first]: [] });
            await clusters.down([first]);
            await killedUp(first, step);
            await clusters.down([first]);
            assert.deepEqual(await traces(first), []);
        });
    }

    it("are found by `down` even if their folder is gone", async () => {
        await up(first);
        fs.rmSync(path.join(clustersDir, first), { recursive: true });
        await clusters.down([first]);
        assert.deepEqual(await traces(first), []);
    });

    it("say which component fails, with the end of its log", async () => {
        const broken = { ...programs, coredns: "/bin/false" };
        await assert.rejects(
            clusters.up([first], { programs: broken, images, limit: 60 }),
            (error: Error) => {
                assert.match(error.message, /^cluster crash-1: coredns has ended\n.*log\/coredns\.log ends:/);
                return true;
            },
        );
        await up(first);
        assert.deepEqual(await missing(first), { [first]: [] });
    });

    it("are not created under a name that no host could have", async () => {
        await assert.rejects(up("Not_a_name"), {
            message:
                'cluster name "Not_a_name": expected a letter, then letters, digits and "-", at most 40 characters, all lower case',
        });
    });
});

/** What a cluster must not change of the machine. */
type Machine = Record<"links" | "routes" | "namespaces" | "mounts" | "sysctl", string>;

async function machine(): Promise<Machine> {
    const parameters = [
        "vm.overcommit_memory",
        "kernel.panic",
        "kernel.panic_on_oops",
        "net.ipv4.ip_forward",
    ];
    return {
        links: await capture("ip", ["-brief", "link"]),
        routes: await capture("ip", ["route", "show", "table", "all"]),
        namespaces: await capture("ip", ["netns"]),
        mounts: fs.readFileSync("/proc/mounts", "utf8"),
        sysctl: await capture("sysctl", parameters),
    };
}

async function missing(...names: string[]): Promise<Record<string, string[]>> {
    const found = (await clusters.status()).filter(({ name }) => names.includes(name));
    return Object.fromEntries(found.map((cluster) => [cluster.name, cluster.missing]));
}

/** What is left of a cluster: files, cgroups, processes, its context. */
async function traces(name: string): Promise<string[]> {
    const dir = path.join(clustersDir, name);
    const cgroups = await capture("find", ["/sys/fs/cgroup", "-name", `ipca-*-${name}`]);
    const context = fs.existsSync(kubeconfigPath)
        ? fs.readFileSync(kubeconfigPath, "utf8").includes(`name: ${name}\n`)
        : false;
    return [
        ...(fs.existsSync(dir) ? [dir] : []),
        ...cgroups.split("\n").filter(Boolean),
        ...(await commandLines(name)),
        ...(context ? [`context ${name}`] : []),
    ];
}

/** The command lines of all processes that mention a cluster's folder or are in its cgroup; the dead do not count. */
async function commandLines(name: string): Promise<string[]> {
    const lines = (await capture("ps", ["-eww", "--format=stat,cgroup:400,args"])).split("\n");
    const living = lines.filter((line) => !line.startsWith("Z"));
    return living.filter((line) => line.includes(`-${name}/`) || line.includes(`/clusters/${name}/`));
}

/** The components that a cluster started, by name. */
function pids(name: string): Record<string, number> {
    const dir = path.join(clustersDir, name, "pids");
    return Object.fromEntries(
        fs.readdirSync(dir).map((file) => {
            const [pid] = fs.readFileSync(path.join(dir, file), "utf8").split(" ");
            return [path.basename(file, ".pid"), Number(pid)];
        }),
    );
}

function filesBelow(dir: string): string[] {
    return fs.readdirSync(dir, { encoding: "utf8" }).map((file) => path.join(dir, file));
}

/** Runs `npm run local -- up` and kills it with SIGKILL as soon as it reports a step. */
async function killedUp(name: string, step: string): Promise<void> {
    const command = ["local/run.cjs", "local/cli.ts", "up", name];
    const child = spawn(process.execPath, command, { cwd: projectDir, detached: true });
    for await (const line of createInterface(child.stdout)) {
        if (line.includes(`${name}: ${step}`)) break;
    }
    process.kill(-child.pid!, "SIGKILL");
    if (child.exitCode === null) await once(child, "exit");
}
