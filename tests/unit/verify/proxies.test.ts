import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { CaBundle } from "../../../pki/caBundle";
import { Cluster } from "../../../kube/cluster";
import { proxiesBehind, Proxies, ProxiesOptions } from "../../../verify/proxies";
import { Made, makeCa, makeLeaf } from "./certificates";
import { Behaviour, FakeMesh } from "./fakeMesh";

const signal = new AbortController().signal;

describe("The proxies of a mesh", function () {
    this.timeout(30_000);

    let [root, next, ca, leaf]: Made[] = [];
    let follows: Behaviour;
    let lags: Behaviour;
    let mesh: FakeMesh;

    before(async () => {
        [root, next] = [await makeCa("Root CA"), await makeCa("Next root CA")];
        ca = await makeCa("Intermediate CA", { issuer: root });
        leaf = await makeLeaf(ca, [{ type: "url", value: "spiffe://cluster.local/ns/a/sa/b" }]);
        follows = { trusts: [root, next], serves: [leaf, ca, root] };
        lags = { trusts: [root], serves: [leaf, ca, root] };
    });

    beforeEach(async () => {
        mesh = await FakeMesh.start();
    });

    afterEach(() => mesh.stop());

    const proxies = async (options?: ProxiesOptions) => {
        const expected = { caCert: ca!.certificate, roots: [root!.certificate, next!.certificate] };
        const cluster = await Cluster.connect(mesh.kubeconfig, "mesh");
        return new Proxies(cluster, [expected], { answerSeconds: 3, ...options });
    };

    /** What one look says. */
    const observe = async (seen: Proxies, limitMs = 20_000) => {
        const { checks, skipped } = await seen.observe(Date.now() + limitMs, signal);
        assert.equal(checks.length, 1);
        return { ok: checks[0]!.ok, observed: checks[0]!.observed, skipped };
    };

    it("are all asked, and listed in pages", async () => {
        for (let index = 0; index < 300; index++) {
            mesh.add(`pod${index}`, follows);
        }
        const progress: [number, number][] = [];
        const seen = await proxies({
            answerSeconds: 10,
            onProgress: (...each) => progress.push(each),
        });
        assert.deepEqual(await observe(seen), { ok: true, observed: "by all 300", skipped: [] });
        assert.deepEqual(mesh.limits, ["250", "250"]);
        assert.equal(mesh.asked.length, 300);
        assert.deepEqual([progress.length, progress[170], progress.at(-1)], [300, [171, 300], [300, 300]]);
    });

    it("are asked again only if they lag behind, are new or restarted", async () => {
        mesh.add("a", follows);
        mesh.add("b", lags);
        mesh.add("gone", lags);
        const seen = await proxies();
        const { ok, observed } = await observe(seen);
        assert.equal(ok, false);
        assert.equal(
            observed,
            `foo/b trusts ${root!.certificate.short}; foo/gone trusts ${root!.certificate.short}`,
        );
        mesh.asked.length = 0;
        mesh.add("b", follows);
        mesh.add("new", follows);
        mesh.pods.delete("gone");
        assert.deepEqual(await observe(seen), { ok: true, observed: "by all 3", skipped: [] });
        assert.deepEqual(mesh.asked.toSorted(), ["b", "new"]);
        mesh.asked.length = 0;
        mesh.add("a", lags, ({ status }) => {
            status!.containerStatuses![0]!.containerID = "containerd://a-again";
        });
        assert.match((await observe(seen)).observed, /^foo\/a trusts/);
        assert.deepEqual(mesh.asked, ["a"]);
    });

    it("that did not answer are asked after those that lag behind", async () => {
        mesh.add("dead", "refuses");
        mesh.add("lagging", lags);
        const seen = await proxies();
        await observe(seen);
        await observe(seen);
        assert.deepEqual(mesh.asked, ["dead", "lagging", "lagging", "dead"]);
    });

    it("that end while they are asked are not running, and hold nothing up", async () => {
        // As their kubelets report them in the moment in which they run: ready, because they have no probe.
        mesh.add("crashing", "refuses", ({ status }) => {
            const terminated = { exitCode: 1 };
            Object.assign(status!.containerStatuses![0]!, { restartCount: 2, lastState: { terminated } });
        });
        mesh.add("new", "refuses", ({ status }) => {
            status!.containerStatuses![0]!.state = { running: { startedAt: new Date() } };
        });
        mesh.add("deleted", "refuses");
        mesh.onAsked = (name) => {
            if (name === "deleted") {
                mesh.pods.delete(name);
            } else {
                // As late as a kubelet reports it.
                setTimeout(() => {
                    const { status } = mesh.pods.get(name)!.pod;
                    status!.containerStatuses![0]!.state = { waiting: { reason: "CrashLoopBackOff" } };
                }, 1_000);
            }
        };
        const { ok, observed, skipped } = await observe(await proxies());
        assert.deepEqual([ok, observed], [true, "by all 0"]);
        assert.match(
            skipped!.join("\n"),
            /^proxies not running: 2, CrashLoopBackOff; .*: foo\/crashing, foo\/new$/,
        );
    });

    it("that were restarted, run and do not answer are named", async () => {
        mesh.add("restarted", "refuses", ({ status }) => {
            status!.conditions = [];
            Object.assign(status!.containerStatuses![0]!, { lastState: { terminated: { exitCode: 1 } } });
        });
        assert.match(
            (await observe(await proxies())).observed,
            /^foo\/restarted does not answer: .*not ready/,
        );
    });

    it("hold up no other by hanging, and are named; their connections are gone", async () => {
        mesh.add("hanging", "hangs");
        for (let index = 0; index < 60; index++) {
            mesh.add(`pod${index}`, follows);
        }
        let others = 0;
        const onProgress = (followed: number) => {
            others = followed;
        };
        const { observed } = await observe(await proxies({ onProgress }));
        assert.equal(others, 60);
        assert.match(
            observed,
            /^foo\/hanging does not answer: no answer within 3 s; fix or delete .* verificationExclude$/,
        );
        await untilClosed();
    });

    it("are given up when the verification is, and so are their connections", async () => {
        mesh.add("hanging", "hangs");
        mesh.add("unopened", "kubelet hangs", ({ spec }) => {
            spec!.nodeName = "node2";
        });
        const controller = new AbortController();
        const looking = (await proxies()).look(Date.now() + 60_000, controller.signal);
        while (mesh.open.length < 2) {
            await delay(1);
        }
        controller.abort(new Error("ended by SIGTERM"));
        await assert.rejects(looking, /^Error: ended by SIGTERM$/);
        await untilClosed();
    });

    it("of a kubelet that hangs are waited for once, and all counted", async () => {
        mesh.nodes.push("node2");
        for (let index = 0; index < 60; index++) {
            mesh.add(`hung${index}`, "kubelet hangs", ({ spec }) => {
                spec!.nodeName = "node2";
            });
            mesh.add(`pod${index}`, follows);
        }
        const { observed } = await observe(await proxies());
        assert.match(observed, /^foo\/hung0 does not answer: the kubelet of its node node2 opens no/);
        assert.match(observed, /neither does the kubelet of its node node2.*; and 55 more; fix/);
        assert.equal(mesh.asked.filter((name) => name.startsWith("pod")).length, 60);
        await untilClosed();
    });

    it("that were not come to in time count as behind", async () => {
        for (let index = 0; index < 150; index++) {
            mesh.add(`hung${index}`, "hangs");
        }
        const { ok, observed } = await observe(await proxies({ answerSeconds: 0.3 }), 0);
        assert.equal(ok, false);
        assert.match(observed, /; foo\/hung\d+ did not answer in time; .*; and 145 more;/);
        await untilClosed();
    });

    it("that do not answer say why", async () => {
        mesh.add("dead", "refuses");
        mesh.add("babbler", "babbles");
        mesh.add("flood", "floods", ({ status }) => {
            status!.conditions = [];
        });
        const { observed } = await observe(await proxies());
        assert.match(observed, /foo\/dead does not answer: .* connection refused;/);
        assert.match(observed, /foo\/babbler does not answer: its admin interface answers .* not JSON;/);
        assert.match(observed, /foo\/flood does not .* more than 33554432 bytes; the pod is not ready;/);
        await untilClosed();
    });

    it("that do not run, are about to go or are on nodes that are gone hold nothing up, and are listed", async () => {
        mesh.add("good", follows);
        mesh.add("crashing", "refuses", ({ status }) => {
            status!.containerStatuses![0]!.state = { waiting: { reason: "CrashLoopBackOff" } };
        });
        mesh.add("pending", "refuses", (pod) => {
            delete pod.spec!.nodeName;
            pod.status = { phase: "Pending" };
        });
        mesh.add("lost", "refuses", ({ spec }) => {
            spec!.nodeName = "node9";
        });
        mesh.add("leaving", lags, ({ metadata }) => {
            metadata!.deletionTimestamp = new Date();
        });
        assert.deepEqual(await observe(await proxies()), {
            ok: true,
            observed: "by all 1",
            skipped: [
                "proxies not running: 1, CrashLoopBackOff; they get the current trust bundle when they start: foo/crashing",
                "proxies not running: 1, not scheduled; they get the current trust bundle when they start: foo/pending",
                "proxies on nodes that are gone: 1, node node9: foo/lost",
                "proxies about to go: 1, being deleted, and do not pick up the CA: foo/leaving",
            ],
        });
    });

    it("hold things up where they may be at work though nobody can ask", async () => {
        mesh.nodes.push("node2");
        mesh.nodesNotReady.push("node2");
        mesh.add("cut-off", "refuses", ({ spec, metadata }) => {
            spec!.nodeName = "node2";
            metadata!.deletionTimestamp = new Date();
        });
        mesh.add("app-not-ready", lags, ({ status }) => {
            // With an image that cannot be pulled beside a proxy that runs.
            Object.assign(status!, { phase: "Pending", conditions: [] });
        });
        const { observed } = await observe(await proxies());
        assert.match(observed, /^foo\/cut-off does not answer: .*; its node node2 is not ready; /);
        assert.match(observed, /; foo\/app-not-ready trusts /);
        // Whether its node is ready is not known then.
        mesh.forbids = true;
        assert.match((await observe(await proxies())).observed, /foo\/cut-off does not answer/);
    });

    it("are left out by a setting, which says what it does", async () => {
        mesh.add("good", follows);
        mesh.add("legacy-a", lags);
        mesh.add("legacy-b", "hangs");
        mesh.add("elsewhere", "hangs", ({ spec }) => {
            spec!.nodeName = "node2";
        });
        const exclude = ["foo/legacy-*", "node/node2", "foo/lgacy-*"];
        assert.deepEqual(await observe(await proxies({ exclude })), {
            ok: true,
            observed: "by all 1",
            skipped: [
                "proxies left out: 2, by the setting verificationExclude, foo/legacy-*, in whatever state they are: foo/legacy-a, foo/legacy-b",
                "proxies left out: 1, by the setting verificationExclude, node/node2, in whatever state they are: foo/elsewhere",
                "verificationExclude foo/lgacy-*: matches no pod with a proxy",
            ],
        });
        assert.deepEqual(mesh.asked, ["good"]);
    });

    it("that are no Envoys are named as not looked at", async () => {
        mesh.add("ztunnel-x", "hangs", ({ spec }) => {
            spec!.containers[0]!.args = ["proxy", "ztunnel"];
        });
        mesh.add("agent", "refuses", ({ spec }) => {
            spec!.containers[0]!.env = [{ name: "ISTIO_META_GENERATOR", value: "grpc" }];
        });
        mesh.add("simple", "refuses", ({ metadata, spec }) => {
            metadata!.annotations!["inject.istio.io/templates"] = "grpc-simple";
            spec!.containers[0]!.name = "app";
        });
        mesh.add("waypoint", follows, ({ spec }) => {
            spec!.containers[0]!.args = ["proxy", "waypoint"];
        });
        assert.deepEqual(await observe(await proxies()), {
            ok: true,
            observed: "by all 1",
            skipped: [
                "ztunnel: 1, not Envoy, so neither it nor the pods behind it are asked: foo/ztunnel-x",
                "proxyless gRPC: 2, programs that hold their certificates themselves, so they are not asked: foo/agent, foo/simple",
            ],
        });
    });

    it("stand in the way of a move's next step, unless they go by what is before or after it", async () => {
        const pem = (made: Made[]) => made.map(({ certificate }) => certificate.pem).join("");
        const bundle = (roots: Made[]) => CaBundle.signed(pem([ca!]), pem(roots));
        const steps = [bundle([root!]), bundle([root!, next!])];
        mesh.add("before", lags);
        mesh.add("after", follows);
        const access = { kubeconfig: mesh.kubeconfig, context: "mesh", exclude: [] };
        assert.deepEqual(await proxiesBehind(access, steps), []);
        mesh.add("other", { trusts: [next!], serves: [leaf!, ca!] }, ({ spec }) => {
            spec!.containers[0]!.env = [];
        });
        mesh.add("dead", "refuses");
        assert.deepEqual(
            (await proxiesBehind(access, steps)).map((text) => text.replace(/: .*:/, ":")),
            [
                `foo/other trusts ${next!.certificate.short}, and started without PROXY_CONFIG_XDS_AGENT: it picks up the CA when it is restarted`,
                "foo/dead does not answer: connection refused",
            ],
        );
        assert.deepEqual(await proxiesBehind({ ...access, exclude: ["foo/other", "*/dead"] }, steps), []);
    });

    /** The other end has seen every connection end. */
    async function untilClosed() {
        const deadline = Date.now() + 2000;
        while (mesh.open.length > 0) {
            assert.ok(Date.now() < deadline, `open: ${mesh.open.join(", ")}`);
            await delay(5);
        }
    }
});
