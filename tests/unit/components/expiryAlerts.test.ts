import assert from "node:assert/strict";
import { ExpiryAlerts, ExpiryAlertsArgs } from "../../../components/expiryAlerts";
import { Dashboard, expiryDashboard } from "../../../components/expiryDashboard";
import { expiryRules, RuleGroup } from "../../../components/expiryRules";
import { expiryThresholds } from "../../../components/expiryThresholds";
import program from "../../../index";
import { caPems } from "../../../components/caPems";
import { issued, newKey, selfSigned } from "../../pki";
import { withIstioctl } from "../support/istioctl";
import { runMocked } from "../support/mocks";

const ofDefaultProfile = {
    rootWarningDays: 365,
    rootCriticalDays: 91.25,
    intermediateWarningDays: 60,
    intermediateCriticalDays: 30,
    workloadWarningHours: 8,
    workloadCriticalHours: 2,
};

/** A validity of so many days, and so many of them at its end in which it is renewed. */
function days(life: number, window?: number) {
    const after = (days: number) => new Date(days * 86_400_000).toISOString();
    return {
        notBefore: after(0),
        notAfter: after(life),
        renewFrom: window ? after(life - window) : undefined,
    };
}

describe("The thresholds of the alerts", () => {
    const thresholds = (...[root, intermediate, hours]: Parameters<typeof expiryThresholds>) =>
        expiryThresholds(root, intermediate, hours);

    it("fit the certificates of the default profile", () => {
        assert.deepEqual(thresholds(days(3650), days(365, 90)), ofDefaultProfile);
    });

    it("shrink with short lives, so that nothing fires that is in order", () => {
        const short = thresholds(days(30), days(6, 3), 1);
        assert.equal(short.rootWarningDays, 3);
        assert.equal(short.intermediateWarningDays, 2);
        assert.equal(short.intermediateCriticalDays, 1);
        assert.equal(short.workloadWarningHours, 1 / 3);
    });

    it("take the last third of a life where nobody is known to renew", () => {
        assert.equal(thresholds(days(3650), days(90)).intermediateWarningDays, 20);
        assert.equal(thresholds(days(3650), days(3650)).intermediateWarningDays, 60);
    });
});

describe("ExpiryAlerts", () => {
    async function make(args: Partial<ExpiryAlertsArgs> = {}) {
        const root = await newKey();
        const ca = { keys: root, pem: await selfSigned(root) };
        const { caCertPem, rootCertPem } = caPems(await issued(await newKey(), ca), ca.pem);
        const given = { cluster: "east", namespace: "monitoring", caCertPem, rootCertPem, ...args };
        const stack = await runMocked(() => {
            new ExpiryAlerts("alerts", given);
        });
        const rule = stack.find("kubernetes:monitoring.coreos.com/v1:PrometheusRule", "alerts-rule");
        const map = stack.find("kubernetes:core/v1:ConfigMap", "alerts-dashboard");
        return { rule: rule.inputs as unknown as Rule, map: map.inputs as unknown as DashboardMap };
    }

    interface Rule {
        metadata: object;
        spec: { groups: RuleGroup[] };
    }

    interface DashboardMap {
        metadata: object;
        data: Record<string, string>;
    }

    it("are a rule and a dashboard, with the labels by which they are found", async () => {
        const { rule, map } = await make({ labels: { release: "prometheus" } });
        const { namespace } = { namespace: "monitoring" };
        assert.deepEqual(rule.metadata, {
            name: "istio-plugin-ca-expiry",
            namespace,
            labels: { release: "prometheus" },
        });
        assert.deepEqual(map.metadata, {
            name: "istio-plugin-ca-expiry-dashboard",
            namespace,
            labels: { release: "prometheus", grafana_dashboard: "1" },
        });
    });

    it("judge by the lives of the certificates", async () => {
        const { rule, map } = await make();
        // Nobody is known to renew: the last third of a year, but 90 days at most.
        assert.deepEqual(rule.spec.groups, [expiryRules("east", ofDefaultProfile)]);
        const dashboard = JSON.parse(map.data["istio-plugin-ca-expiry.json"]!) as Dashboard;
        assert.deepEqual(dashboard, expiryDashboard(ofDefaultProfile));
    });

    it("take what is given instead", async () => {
        const { rule } = await make({ thresholds: { rootWarningDays: 700 }, workloadCertHours: 1 });
        const expected = {
            ...ofDefaultProfile,
            rootWarningDays: 700,
            workloadWarningHours: 1 / 3,
            workloadCriticalHours: 1 / 12,
        };
        assert.deepEqual(rule.spec.groups, [expiryRules("east", expected)]);
    });

    it("come with a stack that asks for them, after Istio and not after the verification", async () => {
        const config = { role: "standalone", context: "none", kubeconfig: "/missing" };
        const run = (more: object) =>
            withIstioctl("1.31.0", () => runMocked(program, { config: { ...config, ...more } }));
        const { resources } = await run({
            expiryAlerts: "true",
            alertsNamespace: "watch",
            alertsLabels: '["a=b"]',
        });
        const [alerts, ...others] = resources.filter(({ type }) => type.endsWith(":ExpiryAlerts"));
        assert.deepEqual(others, []);
        assert.ok(alerts!.dependencies.includes("command:local:Command istio-istioctl"));
        assert.ok(!alerts!.dependencies.some((name) => name.includes("verification")));
        const rule = resources.find(({ name }) => name === "expiry-alerts-rule")!;
        assert.deepEqual(rule.inputs["metadata"], {
            name: "istio-plugin-ca-expiry",
            namespace: "watch",
            labels: { a: "b" },
        });
        const without = await run({});
        assert.ok(!without.resources.some(({ type }) => type.endsWith(":ExpiryAlerts")));
    });
});
