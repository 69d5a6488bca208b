import assert from "node:assert/strict";
import { IstioInstall, IstioInstallArgs } from "../../../components/istioInstall";
import { withIstioctl } from "../support/istioctl";
import { runMocked } from "../support/mocks";

const args = { kubeconfig: "kube.config", context: "prod", namespace: "istio-system" };

function install(version: string | undefined, more: Partial<IstioInstallArgs> = {}) {
    const program = () => ({ version: new IstioInstall("istio", { ...args, ...more }).version });
    return withIstioctl(version, () => runMocked(program));
}

describe("IstioInstall", () => {
    it("passes its settings by the environment", async () => {
        const stack = await install("1.31.2", { set: ["a=b", "c=d e"], operator: "kind: IstioOperator" });
        assert.equal(stack.outputs.version, "1.31.2");
        const { environment, logging } = stack.find("command:local:Command", "istio-istioctl").inputs;
        assert.equal(logging, "none");
        assert.deepEqual(environment, {
            KUBECONFIG: "kube.config",
            KUBE_CONTEXT: "prod",
            CLUSTER_UID: "",
            ISTIO_NAMESPACE: "istio-system",
            ISTIO_VERSION: "1.31.2",
            ISTIO_PROFILE: "demo",
            ISTIO_SET: [
                "values.pilot.env.ISTIO_MULTIROOT_MESH=true",
                "meshConfig.defaultConfig.proxyMetadata.PROXY_CONFIG_XDS_AGENT=true",
                "a=b",
                "c=d e",
            ].join("\n"),
            ISTIO_DEFAULTS: (environment as Record<string, string>)["ISTIO_DEFAULTS"],
            ISTIO_OPERATOR: "kind: IstioOperator",
            ISTIO_PRESENT: "",
            PULUMI_CONFIG: "",
            PULUMI_CONFIG_PASSPHRASE: "",
            PULUMI_CONFIG_PASSPHRASE_FILE: "",
        });
        assert.match(
            (environment as Record<string, string>)["ISTIO_DEFAULTS"]!,
            /"configMapName":"istio-ca-crl"/,
        );
    });

    it("uninstalls what it installed, and not what was there before", async () => {
        const command = async (more: Partial<IstioInstallArgs>) =>
            (await install("1.31.2", more)).find("command:local:Command", "istio-istioctl").inputs["delete"];
        assert.match(String(await command({})), /istio-uninstall\.sh$/);
        assert.equal(await command({ uninstall: false }), undefined);
    });

    it("lets proxies pick up a CA within a time, by the lifetime that they ask for", async () => {
        const stack = await install("1.31.2", { reissueMinutes: 90, set: ["a=b"] });
        const { environment } = stack.find("command:local:Command", "istio-istioctl").inputs;
        const metadata = "meshConfig.defaultConfig.proxyMetadata";
        assert.deepEqual((environment as Record<string, string>)["ISTIO_SET"]!.split("\n").slice(2), [
            `${metadata}.SECRET_TTL=180m`,
            `${metadata}.SECRET_GRACE_PERIOD_RATIO=0.6`,
            `${metadata}.SECRET_GRACE_PERIOD_RATIO_JITTER=0.1`,
            "a=b",
        ]);
    });

    const where = "https://istio.io/latest/docs/setup/getting-started/";

    it("refuses an istioctl that is too old", async () => {
        const remedy = `Put one of version 1.30.0 or newer on PATH: ${where}`;
        await assert.rejects(install("1.29.6"), ({ message }: Error) =>
            message.endsWith(`istioctl is 1.29.6. ${remedy}`),
        );
    });

    it("refuses to continue without an istioctl", async () => {
        const remedy = `Put one of version 1.30.0 or newer on PATH: ${where}`;
        await assert.rejects(install(undefined), ({ message }: Error) =>
            message.endsWith(`istioctl cannot be run (spawn istioctl ENOENT). ${remedy}`),
        );
    });
});
