import assert from "node:assert/strict";
import { forbidden, withApiServer } from "../support/apiServer";
import { meshOf, noMesh, secretOf, system } from "../support/meshObjects";
import { refusedBy } from "../support/refusals";
import { factsOf, Plugging, TestCa, testCa, Up, upOf } from "../support/roles";

const cacerts = `${system}/secrets/cacerts`;
const namespaces = "/api/v1/namespaces";
const again = /Run this again when the cluster (answers and )?lets you read it/;

/** An object that the API server does not show, and the `up` that has to read it. */
interface Unreadable {
    path: string;
    /** How the message names it. */
    named: RegExp;
    role?: Plugging;
    up?: (ca: TestCa) => Up;
    /** What the API server has in addition; default: a live mesh under the stack's own CA. */
    objects?: (ca: TestCa) => Record<string, object>;
}

const moving = (ca: TestCa): Up => ({
    config: { istio: "adopt", previousCa: "istio-system/cacerts", migration: "sign-own" },
    live: { files: ca.files, root: factsOf(ca.root.pem), previousCa: factsOf(ca.pem), istioMode: "adopt" },
});
const alerting = (): Up => ({ config: { expiryAlerts: "true" } });
const monitored = {
    "/apis/monitoring.coreos.com/v1": { resources: [{ name: "prometheusrules" }] },
    [`${namespaces}/monitoring`]: { metadata: { name: "monitoring" } },
};

const table: Record<string, Unreadable> = {
    "cacerts before it is replaced": {
        path: cacerts,
        named: /: Secret istio-system\/cacerts of context cluster1 cannot be read: /,
    },
    "the DaemonSets of an ambient mesh": {
        path: "/apis/apps/v1/daemonsets",
        named: /: Whether the mesh is ambient cannot be seen: 403 /,
    },
    "istiod's Deployment": {
        path: "/apis/apps/v1/namespaces/istio-system/deployments/istiod",
        named: /: Whether there is a mesh already cannot be seen: .* Deployment istio-system\/istiod of context cluster1: 403 /,
    },
    "istiod's pods": {
        path: `${system}/pods`,
        named: /: Whether there is a mesh already cannot be seen: .* pods of istiod in namespace istio-system of context cluster1: 403 /,
    },
    "the ConfigMap with the roots": {
        path: `${system}/configmaps/istio-ca-root-cert`,
        named: /: Whether there is a mesh already cannot be seen: .* ConfigMap istio-system\/istio-ca-root-cert of/,
    },
    "the ConfigMap with the mesh's settings": {
        path: `${system}/configmaps/istio`,
        named: /: Whether there is a mesh already cannot be seen: .* ConfigMap istio-system\/istio of/,
    },
    "the Secret of istiod's own CA": {
        path: `${system}/secrets/istio-ca-secret`,
        named: /: Whether there is a mesh already cannot be seen: .* Secret istio-system\/istio-ca-secret of/,
    },
    "the previous CA": {
        path: cacerts,
        named: /: Secret istio-system\/cacerts of context cluster1, which the setting previousCa names, cannot be read: .*: 403 /,
        up: moving,
    },
    "the previous CA where it is kept": {
        path: `${system}/secrets/cacerts-former`,
        named: /: Secret istio-system\/cacerts of context cluster1, which the setting previousCa names, cannot be read: .* Secret istio-system\/cacerts-former of context cluster1: 403 /,
        up: moving,
    },
    "the pods of a mesh that moves": {
        path: "/api/v1/pods",
        named: /: Whether every proxy has picked up the previous step cannot be seen: 403 /,
        up: (ca) => {
            const { live } = moving(ca);
            const files = { ...ca.files, "root-cert.pem": `# before\n${ca.root.pem}` };
            return { config: { istio: "adopt" }, live: { ...live, files } };
        },
    },
    "the Secret that others maintain": {
        path: `${namespaces}/authority/secrets/mesh`,
        named: /: Secret authority\/mesh of context cluster1, which the setting caSecret names, cannot be read: .*: 403 /,
        role: "ready",
        up: () => ({ config: { caSource: "", caSecret: "authority/mesh" } }),
        objects: (ca) => ({
            ...noMesh,
            [`${namespaces}/authority/secrets/mesh`]: secretOf("mesh", "Opaque", filesOf(ca)),
        }),
    },
    "whether there is the CRD of alerts": {
        path: "/apis/monitoring.coreos.com/v1",
        named: /: Whether the cluster accepts alerts cannot be seen: .* the CRD prometheusrules of context cluster1: 403 /,
        up: alerting,
    },
    "the namespace of alerts": {
        path: `${namespaces}/monitoring`,
        named: /: Whether the cluster accepts alerts cannot be seen: .* namespace monitoring of context cluster1: 403 /,
        up: alerting,
    },
};

describe("A cluster that does not show what an `up` must see", () => {
    let ca: TestCa;

    before(async () => {
        ca = await testCa();
    });

    const live = () => ({
        ...meshOf(ca.root.pem, { cacerts: secretOf("cacerts", "Opaque", filesOf(ca)) }, true),
        "/api/v1/pods": { items: [] },
        "/api/v1/nodes": { items: [] },
        "/apis/apps/v1/daemonsets": { items: [] },
        ...monitored,
    });

    for (const [what, { path, named, role = "cluster", up, objects }] of Object.entries(table)) {
        it(`is named in one sentence, and the remedy works: ${what}`, async () => {
            const there = (objects ?? live)(ca);
            const run = (changed: Record<string, object>) =>
                withApiServer({ ...there, ...changed }, (kubeconfig) => {
                    const given = up?.(ca) ?? {};
                    return upOf(role, ca, { ...given, config: { kubeconfig, ...given.config } });
                });
            const { error, registered } = await run({ [path]: forbidden });
            refusedBy("cluster-unreadable", named, again, /403 User "one" cannot get it/)(error);
            assert.doesNotMatch(error!.message, /HTTP-Code|Headers|Body/);
            assert.deepEqual(
                registered.filter((each) => /^(kubernetes|command):/.test(each)),
                [],
            );
            assert.equal((await run({})).error, undefined);
        });
    }
});

function filesOf(ca: TestCa): Record<string, string> {
    return { ...ca.files, "ca-key.pem": ca.key };
}
