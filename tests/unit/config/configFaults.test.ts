import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { stringify } from "yaml";
import { readCaFiles } from "../../../config/caSource";
import { expandHome } from "../../../config/reader";
import type { ClusterSettings, ReadySettings, RootSettings } from "../../../config/settings";
import { profiles } from "../../../pki/profile";
import { issued, KeyPair, newKey, privatePem, selfSigned } from "../../pki";
import { faultsOf, settingsOf } from "../support/settings";

const cluster = { role: "cluster", context: "c", kubeconfig: "k" };
const ready = { role: "ready", context: "c", kubeconfig: "k" };
const root = { role: "root" };
const linking = { role: "mesh", clusters: '["a","b"]' };

/** What each value of a setting comes to: the beginnings of the faults that it has, each up to what is allowed. */
const values: [Record<string, string>, ...string[]][] = [
    [{ ...root, clusters: '["a","0","a-b"]' }],
    [
        { ...root, clusters: `["-a","a-","a.b","${"a".repeat(64)}"]` },
        'clusters is "-a"',
        'clusters is "a-"',
        'clusters is "a.b"',
        `clusters is "${"a".repeat(64)}"`,
    ],
    [{ ...root, clusters: `["${"a".repeat(63)}"]` }],
    [{ ...root, clusters: "[1]" }, 'clusters is "[1]"'],
    [{ ...root, clusters: '{"a":"b"}' }, 'clusters is "{\\"a\\":\\"b\\"}"'],
    [
        { ...root, clusters: "a" },
        "clusters is \"a\". Allowed: a list of strings. To do: pulumi config set --path 'clusters[0]' … --stack cluster1.",
    ],
    [{ ...root, roots: '["root","root"]' }, 'roots is "root, root"'],
    [{ ...root, roots: '["root","Root"]' }, 'roots is "Root"'],
    [{ ...root, crls: "true", revoked: '["cluster1/1","0aF","a-b/20"]' }],
    [
        { ...root, crls: "true", revoked: '["cluster1/0","cluster1/","/1","xyz","C/1","a/1 ","ab "]' },
        'revoked is "cluster1/0"',
        'revoked is "cluster1/"',
        'revoked is "/1"',
        'revoked is "xyz"',
        'revoked is "C/1"',
        'revoked is "a/1 "',
        'revoked is "ab "',
    ],
    [{ ...root, crls: "true", revoked: `["${"a".repeat(40)}"]` }],
    [{ ...root, crls: "true", revoked: `["${"a".repeat(41)}"]` }, `revoked is "${"a".repeat(41)}"`],
    [{ ...root, revoked: '["ab","cd"]' }, 'revoked is "ab, cd"'],
    [{ ...root, crls: "true", profile: "makefile" }, 'crls is "true"'],
    [{ ...root, profile: "makefile" }],
    [{ ...root, crls: "TRUE" }, 'crls is "TRUE"'],
    [
        { ...root, expiryGuardDays: "-1" },
        'expiryGuardDays is "-1". Allowed: an integer of at least 0. To do: pulumi config set expiryGuardDays 1 --stack cluster1.',
    ],
    [{ ...root, expiryGuardDays: "0" }],
    [{ ...root, expiryGuardDays: "1e3" }, 'expiryGuardDays is "1e3"'],
    [{ ...root, expiryGuardDays: " 1" }, 'expiryGuardDays is " 1"'],
    [{ ...root, intermediateValidityDays: "365", rootValidityDays: "365" }],
    [
        { ...root, intermediateValidityDays: "366", rootValidityDays: "365" },
        "intermediateValidityDays is 366",
    ],
    [{ ...root, renewalWindowDays: "364" }],
    [{ ...root, renewalWindowDays: "365" }, "renewalWindowDays is 365"],
    [cluster],
    [{ ...cluster, cluster: "A" }, 'cluster is "A"'],
    [{ ...cluster, generation: "1" }],
    [{ ...cluster, generation: "0" }, 'generation is "0"'],
    [{ ...cluster, peers: "x" }, 'peers is "x"'],
    [{ ...cluster, istioSet: '["a=","a=b=c"]' }],
    [
        { ...cluster, istioSet: '["=b","a","a b=c"]' },
        'istioSet is "=b"',
        'istioSet is "a"',
        'istioSet is "a b=c"',
    ],
    [{ ...cluster, verificationExclude: '["foo/httpbin-*","node/one"]' }],
    [
        { ...cluster, verificationExclude: '["foo","*/*"]' },
        'verificationExclude is "foo"',
        'verificationExclude is "*/*"',
    ],
    [{ ...cluster, maxConnectionMinutes: "0" }],
    [{ ...cluster, maxConnectionMinutes: "-1" }, 'maxConnectionMinutes is "-1"'],
    [{ ...cluster, verificationTimeoutSeconds: "0" }, 'verificationTimeoutSeconds is "0"'],
    [{ ...cluster, reissueWithin: "1m" }],
    [{ ...cluster, reissueWithin: "1080h" }],
    [{ ...cluster, reissueWithin: "0m" }, 'reissueWithin is "0m"'],
    [{ ...cluster, reissueWithin: "64801m" }, 'reissueWithin is "64801m"'],
    [{ ...cluster, reissueWithin: "6" }, 'reissueWithin is "6"'],
    [{ ...cluster, expiryAlerts: "true", alertsLabels: '["a=","b=c"]' }],
    [
        { ...cluster, alertsLabels: '["a","=b","a b=c","a=b=c","a=b c"]' },
        ...["a", "=b", "a b=c", "a=b=c", "a=b c"].map((each) => `alertsLabels is "${each}"`),
    ],
    [{ ...cluster, istio: "none" }, 'istio is "none"'],
    [{ ...cluster, istioProfile: "ambient-like" }],
    [{ ...cluster, istioProfile: "openshift-ambient" }, 'istioProfile is "openshift-ambient"'],
    [{ ...cluster, istioSet: '["components.ztunnel.enabled=false","x.profile=ambient"]' }],
    [{ ...cluster, istioSet: '["values.profile=ambient"]' }, 'istioSet is "values.profile=ambient"'],
    [{ ...cluster, previousCa: "istio-system/istio-ca-secret" }],
    ...["secret", "/secret", "ns/", "a/b/c"].map((each): [Record<string, string>, string] => [
        { ...cluster, previousCa: each },
        `previousCa is "${each}"`,
    ]),
    [
        { ...cluster, previousCa: "a/b", migration: "sign" },
        'migration is "sign". Allowed: trust-previous, trust-both, sign-own, trust-own.',
    ],
    [{ ...cluster, roots: '["other"]', signingRoot: "another" }],
    [{ role: "standalone", context: "c", previousCa: "a/b" }, 'previousCa is "a/b"'],
    [{ role: "standalone", context: "c" }],
    [
        { ...cluster, certificate: "package.json", signer: "outside" },
        'certificate is "a file without a PEM certificate',
        "trustBundle is missing",
    ],
    [{ ...cluster, meshId: "mesh1", network: "n", eastWestGateway: "false" }],
    [{ ...cluster, meshId: "Mesh", network: "a.b" }, 'meshId is "Mesh"', 'network is "a.b"'],
    [{ ...cluster, network: "n" }, 'network is "n". Allowed: nothing without meshId'],
    [{ ...linking }],
    [{ ...linking, contexts: '["a=one"]', apiServers: '["a=https://10.1.0.1:6443","b=https://b"]' }],
    [{ role: "mesh" }, "clusters is missing. Allowed: the stacks of at least two clusters"],
    [{ ...linking, clusters: '["a"]' }, 'clusters is "a"'],
    [{ ...linking, clusters: '["a","a"]' }, 'clusters is "a, a"'],
    [{ ...linking, clusters: `["a","${"b".repeat(60)}"]` }],
    [{ ...linking, clusters: `["a","${"b".repeat(61)}"]` }, `clusters is "${"b".repeat(61)}"`],
    [
        { ...linking, contexts: '["c=one","a","a="]' },
        'contexts is "c=one"',
        'contexts is "a"',
        'contexts is "a="',
    ],
    [
        { ...linking, apiServers: '["a=http://10.1.0.1:6443","b=https://b/path","b=10.1.0.1"]' },
        'apiServers is "http://10.1.0.1:6443"',
        'apiServers is "10.1.0.1"',
    ],
    [{ ...linking, apiServers: '["a=https://u:p@a"]' }, 'apiServers is "https://u:p@a"'],
    [{ ...linking, remoteKubeconfig: "/missing" }, 'remoteKubeconfig is "/missing"'],
    [
        { ...linking, remoteKubeconfig: path.join(__dirname, "config.test.ts") },
        'remoteKubeconfig is "a file without {server} and {ca}"',
    ],
    [{ ...linking, tokenDays: "365" }],
    [{ ...linking, tokenDays: "366" }, 'tokenDays is "366"'],
    [{ ...linking, tokenDays: "0" }, 'tokenDays is "0"'],
    [{ ...ready }, "caSource is missing"],
    [{ ...ready, caSecret: "ca/mesh" }],
    ...["mesh", "/mesh", "ca/", "a/b/c", "istio-system/cacerts"].map(
        (each): [Record<string, string>, string] => [{ ...ready, caSecret: each }, `caSecret is "${each}"`],
    ),
    [
        { role: "ready", deploy: "false", caSecret: "ca/mesh" },
        "context is missing. Allowed: a context of the kubeconfig. To do: name the context of the cluster, see `kubectl config get-contexts`, or name a caSource.",
    ],
];

describe("The value of a setting", () => {
    for (const [config, ...expected] of values) {
        it(`${JSON.stringify(config)} ${expected.length > 0 ? "is refused" : "is taken"}`, async () => {
            begins(await faultsOf(config), ...expected);
        });
    }

    it("becomes part of the stack's profile, and 0 means the profile's own", async () => {
        const days = { rootValidityDays: "700", intermediateValidityDays: "70", renewalWindowDays: "7" };
        const own = (await settingsOf({ ...root, ...days })) as RootSettings;
        assert.deepEqual(own.profile, {
            ...profiles.default,
            ...{ rootValidityDays: 700, intermediateValidityDays: 70, renewalWindowDays: 7 },
        });
        const zero = Object.fromEntries(Object.keys(days).map((key) => [key, "0"]));
        assert.deepEqual(
            ((await settingsOf({ ...root, ...zero })) as RootSettings).profile,
            profiles.default,
        );
    });

    it("of another project is ignored", async () => {
        assert.deepEqual(await faultsOf({ ...root, "other-project-name:anything": "1" }), []);
    });

    it("says whether a root is protected", async () => {
        for (const role of ["root", "standalone"]) {
            const given = { role, context: "c", ...(role === "root" && { context: "" }) };
            const of = async (config: object) =>
                ((await settingsOf({ ...given, ...config })) as RootSettings).protectRoot;
            assert.deepEqual([await of({}), await of({ protectRoot: "false" })], [true, false]);
        }
    });

    it("says which root signs: the first, or the one that is named", async () => {
        const roots = async (config: object) => {
            const { roots, signingRoot } = (await settingsOf({ ...root, ...config })) as RootSettings;
            return [roots, signingRoot];
        };
        assert.deepEqual(await roots({ roots: '["b","a"]' }), [["b", "a"], "b"]);
        assert.deepEqual(await roots({ roots: '["b","a"]', signingRoot: "a" }), [["b", "a"], "a"]);
        assert.deepEqual(await roots({ roots: "[]" }), [["root"], "root"]);
    });

    const previousOf = async (config: Record<string, string>) => {
        const { previousCa } = ((await settingsOf({ ...cluster, ...config })) as ClusterSettings).mesh!;
        return previousCa && [previousCa.namespace, previousCa.name, previousCa.stage];
    };

    it("says how far a mesh has migrated from its previous CA", async () => {
        assert.deepEqual(await previousOf({ previousCa: "a/b" }), ["a", "b", "trust-both"]);
        for (const migration of ["trust-previous", "trust-both", "sign-own"]) {
            assert.deepEqual(await previousOf({ previousCa: "a/b", migration }), ["a", "b", migration]);
        }
        assert.equal(await previousOf({ previousCa: "a/b", migration: "trust-own" }), undefined);
        assert.equal(await previousOf({ migration: "sign-own" }), undefined);
    });

    it("says by which commands the settings of an earlier version become these, and they do", async () => {
        const [former, own] = Object.keys({ former: 0, own: 1 }) as [string, string];
        const both = JSON.stringify([former, own]);
        const stages: [Record<string, string>, string[] | undefined][] = [
            [{}, ["a", "b", "trust-both"]],
            [{ roots: both }, ["a", "b", "trust-both"]],
            [{ roots: both, signingRoot: former }, ["a", "b", "trust-both"]],
            [{ signingRoot: "own" }, ["a", "b", "sign-own"]],
            [{ roots: both, signingRoot: "own" }, ["a", "b", "sign-own"]],
            [{ roots: JSON.stringify([former]), signingRoot: former }, ["a", "b", "trust-previous"]],
            [{ roots: '["own"]' }, undefined],
            [{ roots: '["own"]', signingRoot: "own" }, undefined],
        ];
        for (const [old, expected] of stages) {
            const config: Record<string, string> = { formerCa: "a/b", ...old };
            const [fault, ...others] = await faultsOf({ ...cluster, ...config });
            assert.deepEqual(others, []);
            assert.match(fault!, /^formerCa is "a\/b"\. Allowed: nothing: .* previousCa now/);
            for (const [, verb, key, value] of fault!.matchAll(
                /`pulumi config (set|rm) (\w+)(?: (\S+))? --stack cluster1`/g,
            )) {
                if (verb === "rm") {
                    delete config[key!];
                } else {
                    config[key!] = value!;
                }
            }
            assert.ok(Object.keys(config).every((key) => ["previousCa", "migration"].includes(key)));
            assert.deepEqual(await previousOf(config), expected);
        }
        const faults = await faultsOf({ ...root, formerCa: "a/b" }, "root");
        assert.match(faults.join(), /pulumi config rm formerCa --stack root/);
    });

    it("says where the mesh is and how it is verified", async () => {
        const given = { ...cluster, kubeconfig: "~/kube", clusterUid: "uid", trustDomain: "mesh.example" };
        const more = {
            ...{ istio: "adopt", istioProfile: "minimal", istioSet: '["a=b"]', workloads: "false" },
            ...{ injection: "kube-inject", maxConnectionMinutes: "7", verification: "false" },
            ...{ verificationTimeoutSeconds: "9", verificationExclude: '["a/b"]', reissueWithin: "2h" },
            ...{ expiryAlerts: "true", alertsLabels: '["release=one","c="]', alertsNamespace: "watch" },
            ...{ meshId: "mesh1", eastWestGateway: "false" },
        };
        const { mesh } = (await settingsOf({ ...given, ...more })) as ClusterSettings;
        assert.deepEqual(mesh, {
            access: { kubeconfig: path.join(os.homedir(), "kube"), context: "c", clusterUid: "uid" },
            trustDomain: "mesh.example",
            previousCa: undefined,
            istio: {
                mode: "adopt",
                profile: "minimal",
                set: ["a=b"],
                operator: undefined,
                reissueMinutes: 120,
            },
            workloads: { samples: false, injection: "kube-inject", maxConnectionMinutes: 7 },
            verification: { enabled: false, timeoutSeconds: 9, exclude: ["a/b"] },
            alerts: { namespace: "watch", labels: { release: "one", c: "" } },
            multicluster: { meshId: "mesh1", network: "cluster1", gateway: false },
        });
        const alone = { ...cluster, expiryAlerts: "true" };
        const { mesh: watched } = (await settingsOf(alone)) as ClusterSettings;
        assert.deepEqual(watched!.alerts, { namespace: "monitoring", labels: {} });
    });

    it("of a kubeconfig is kubectl's by default", async () => {
        const before = process.env["KUBECONFIG"];
        const kubeconfig = async () =>
            ((await settingsOf({ role: "cluster", context: "c" })) as ClusterSettings).mesh!.access
                .kubeconfig;
        try {
            process.env["KUBECONFIG"] = "here";
            assert.equal(await kubeconfig(), "here");
            delete process.env["KUBECONFIG"];
            assert.equal(await kubeconfig(), path.join(os.homedir(), ".kube", "config"));
        } finally {
            Object.assign(process.env, before === undefined ? {} : { KUBECONFIG: before });
        }
    });

    it("has ~ mean the home folder in a path", () => {
        assert.deepEqual(["~", "~/a", "~a", "a/~", "/~/a"].map(expandHome), [
            os.homedir(),
            `${os.homedir()}/a`,
            ...["~a", "a/~", "/~/a"],
        ]);
    });
});

/** Each fault begins so, and says what is allowed and what to do. */
function begins(faults: string[], ...expected: string[]) {
    const found = faults.map((fault, index) => fault.slice(0, expected[index]?.length));
    assert.deepEqual(found, expected, faults.join("\n"));
    assert.deepEqual(
        faults.filter((fault) => !/\. Allowed: .+\. To do: .+[^.]\.$/.test(fault)),
        [],
    );
}

describe("A file that a setting names", () => {
    let dir: string;
    let keys: KeyPair;
    let pem: string;
    let key: string;

    before(async () => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "settings-"));
        keys = await newKey();
        [pem, key] = [await selfSigned(keys), await privatePem(keys)];
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    const file = (name: string, text: string) => {
        fs.writeFileSync(path.join(dir, name), text, { mode: 0o600 });
        return path.join(dir, name);
    };
    it("holds certificates alone, each of which istiod reads", async () => {
        const outside = (text: string) => {
            const config = { certificate: file("signed.pem", text), trustBundle: file("roots.pem", pem) };
            return { ...cluster, signer: "outside", ...config };
        };
        const good = (await settingsOf(outside(`a comment\n${pem}between\n${pem}`))) as ClusterSettings;
        assert.deepEqual(good.signer, { certificate: pem + pem, trustBundle: pem });
        const faults = async (text: string) => faultsOf(outside(text));
        begins(await faults(pem + key), 'certificate is "a file with a private key"');
        begins(
            await faults(`\ufeff${pem}`),
            'certificate is "a file of which istiod would not read all: it begins with a byte order mark". Allowed: a file of PEM certificates alone. To do: Save it as UTF-8',
        );
        const labelled = pem + pem.replaceAll(" CERTIFICATE", " X509 CERTIFICATE");
        begins(
            await faults(labelled),
            'certificate is "a file of which istiod would not read all: a block is labelled',
        );
        begins(
            await faults(pem.trimEnd() + pem),
            'certificate is "a file of which istiod would not read all: two blocks are glued: an END and a BEGIN are on one line". Allowed: a file of PEM certificates alone. To do: Put a newline between them. `cat` adds none if a file ends without one; `awk 1 first second` does.',
        );
        begins(await faults("nothing"), 'certificate is "a file without a PEM certificate');
        const damaged = pem.replace(/\n[^\n]+/, "\nMIIB");
        begins(
            await faults(pem + damaged),
            'certificate is "a file without a PEM certificate, or with a damaged',
        );
    });

    it("comes from an outside signer together with the other one, or not at all", async () => {
        const outside = { ...cluster, signer: "outside" };
        const neither = (await settingsOf(outside)) as ClusterSettings;
        assert.deepEqual(neither.signer, { certificate: undefined, trustBundle: undefined });
        begins(
            await faultsOf({ ...outside, certificate: file("a.pem", pem) }),
            "trustBundle is missing. Allowed: both",
        );
        begins(
            await faultsOf({ ...outside, trustBundle: file("a.pem", pem) }),
            "certificate is missing. Allowed: both",
        );
        const { signer } = (await settingsOf({ ...cluster, rootStack: "other" })) as ClusterSettings;
        assert.equal(signer, "other");
        begins(
            await faultsOf({ ...cluster, certificate: file("a.pem", pem) }),
            `certificate is "${path.join(dir, "a.pem")}". Allowed: nothing unless signer is outside`,
        );
    });

    it("is a root CA with its key or what signs with it, and with one of them", async () => {
        const config = { ...root, rootCertificate: file("root.pem", pem) };
        const withKey = { ...config, rootKey: key };
        const { existing } = (await settingsOf(withKey, "root", ["rootKey"])) as RootSettings;
        assert.deepEqual(existing, { certPem: pem, privateKeyPem: key });
        const signCommand = "sign --with token";
        const signing = (await settingsOf({ ...config, signCommand }, "root")) as RootSettings;
        assert.deepEqual(signing.existing, { certPem: pem, signCommand });
        begins(await faultsOf(config, "root"), "rootKey is missing. Allowed: the key of rootCertificate");
        begins(
            await faultsOf({ ...withKey, signCommand }, "root", ["rootKey"]),
            'rootKey is "set beside signCommand". Allowed: one of the two',
        );
        begins(
            await faultsOf({ ...config, signCommand: "sign --pin 1234" }, "root"),
            'signCommand is "a command with --pin…". Allowed: one without a PIN',
        );
        const other = await privatePem(await newKey());
        begins(
            await faultsOf({ ...config, rootKey: other }, "root", ["rootKey"]),
            'rootCertificate is "a file whose certificate belongs to another key than the one given"',
        );
        const leaf = { ...config, rootCertificate: file("leaf.pem", await selfSigned(keys, { ca: false })) };
        begins(
            await faultsOf({ ...leaf, signCommand }, "root"),
            'rootCertificate is "a file whose certificate is not a CA\'s"',
        );
        // A file that is wrong is named once.
        const wrong = { ...root, rootCertificate: file("wrong.pem", "nothing"), signCommand };
        begins(await faultsOf(wrong, "root"), 'rootCertificate is "a file without a PEM certificate');
    });

    it("holds a ready CA, whose key may come as a secret, under the name that istiod looks for", async () => {
        const of = async (config: Record<string, string>) =>
            ((await settingsOf({ ...ready, ...config }, "cluster1", ["caKey"])) as ReadySettings).ca;
        const folder = path.join(dir, "ca");
        fs.mkdirSync(path.join(folder, "more"), { recursive: true });
        file("ca/ca-cert.pem", pem);
        const source = { source: folder, files: { "ca-cert.pem": pem } };
        assert.deepEqual(await of({ caSource: folder }), source);
        const withKey = { ...source, files: { ...source.files, "ca-key.pem": key } };
        assert.deepEqual(await of({ caSource: folder, caKey: key }), withKey);
        const data = { "tls.crt": Buffer.from(pem).toString("base64") };
        const documents = [
            "null",
            "a: [",
            stringify({ kind: "ConfigMap" }),
            stringify({ kind: "Secret", data }),
        ];
        const secret = file("secret.yaml", documents.join("\n---\n"));
        const tls = { source: secret, files: { "tls.crt": pem, "tls.key": key } };
        assert.deepEqual(await of({ caSource: secret, caKey: key }), tls);
        assert.deepEqual(await of({ caSecret: "ca/mesh" }), {
            kubeconfig: "k",
            context: "c",
            namespace: "ca",
            name: "mesh",
        });
        const beside = { ...ready, caSecret: "ca/mesh", caKey: key };
        begins(await faultsOf(beside, "cluster1", ["caKey"]), 'caKey is "set beside caSecret"');
        begins(
            await faultsOf({ ...ready, caSource: folder, caSecret: "ca/mesh" }),
            `caSource is "${folder}, beside caSecret ca/mesh"`,
        );
    });

    it("is distinguished from one that holds no CA", () => {
        assert.throws(() => readCaFiles(path.join(dir, "none")), /none does not exist$/);
        assert.throws(
            () => readCaFiles(file("a.yaml", "kind: ConfigMap")),
            /holds no object of kind Secret, YAML or JSON: it holds ConfigMap$/,
        );
        assert.throws(() => readCaFiles(file("b.yaml", "")), /holds no object of kind Secret/);
        assert.throws(() => readCaFiles(file("d.yaml", "kind: Secret\ndata: [")), /line 2 \(/);
        const number = file("c.yaml", stringify({ kind: "Secret", stringData: { "tls.crt": 1 } }));
        assert.throws(() => readCaFiles(number), /tls\.crt of the Secret's stringData is not text$/);
    });

    it("is an IstioOperator without ztunnel", async () => {
        const operator = (spec: object | null) => {
            const istioOperator = file(
                "operator.yaml",
                stringify({ kind: "IstioOperator", ...(spec && { spec }) }),
            );
            return faultsOf({ ...cluster, istioOperator });
        };
        const refused = 'istioOperator is "an IstioOperator with ztunnel"';
        begins(await operator({ profile: "ambient" }), refused);
        begins(await operator({ components: { ztunnel: { enabled: true } } }), refused);
        begins(await operator({ components: { ztunnel: { enabled: false }, cni: {} } }));
        begins(await operator({ components: { cni: {} } }));
        begins(await operator({ profile: "demo" }));
        begins(await faultsOf({ ...cluster, istioOperator: file("comment.yaml", "null\n") }));
        begins(await operator(null));
        begins(await faultsOf({ ...cluster, istioOperator: file("damaged.yaml", "a: [") }));
    });

    it("is read for the first certificate's issuer too", async () => {
        const other = await newKey();
        const chain = (await issued(other, { keys, pem })) + pem;
        const config = { certificate: file("chain.pem", chain), trustBundle: file("roots.pem", pem) };
        const { signer } = (await settingsOf({
            ...cluster,
            signer: "outside",
            ...config,
        })) as ClusterSettings;
        assert.deepEqual(signer, { certificate: chain, trustBundle: pem });
    });
});
