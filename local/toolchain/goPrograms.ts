import * as path from "node:path";
import { projectDir } from "../paths";
import { goPart, requiredVersion } from "./goPart";
import type { Part } from "./part";

/** Istio's version, which its pseudo-versioned Go module does not tell; also the tag of its images. */
export const istioVersion = "1.31.0";

const modules = path.join(projectDir, "local", "toolchain");
const kubernetesModule = path.join(modules, "kubernetes");
const pulumiModule = path.join(modules, "pulumi");

/** The Pulumi CLI's version. */
export const pulumiVersion = requiredVersion(pulumiModule, "github.com/pulumi/pulumi/pkg/v3");

/** Kubernetes' version. */
export const kubernetesVersion = requiredVersion(kubernetesModule, "k8s.io/kubernetes");

/** kube-apiserver, kube-controller-manager, kube-scheduler, kubelet, kube-proxy and kubectl. */
export function kubernetesPart(goVersion: string): Part {
    const [major, minor] = kubernetesVersion.slice(1).split(".");
    return goPart({
        name: "kubernetes",
        title: `Kubernetes ${kubernetesVersion}`,
        expected: "10 minutes",
        module: kubernetesModule,
        packages: "tool",
        goVersion,
        variables: {
            "k8s.io/component-base/version.gitVersion": kubernetesVersion,
            "k8s.io/component-base/version.gitMajor": major ?? "",
            "k8s.io/component-base/version.gitMinor": minor ?? "",
        },
    });
}

/** The Pulumi CLI with its engine. */
export function pulumiPart(goVersion: string): Part {
    return goPart({
        name: "pulumi",
        title: `Pulumi ${pulumiVersion}`,
        expected: "5 minutes",
        module: pulumiModule,
        packages: "tool",
        goVersion,
        variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pulumiVersion },
    });
}

/** istioctl, pilot-discovery and pilot-agent; with them what others need of Istio's repository. */
export function istioPart(goVersion: string): Part {
    return goPart({
        name: "istio",
        title: `Istio ${istioVersion}`,
        expected: "10 minutes",
        module: path.join(modules, "istio"),
        packages: "tool",
        goVersion,
        variables: {
            "istio.io/istio/pkg/version.buildVersion": istioVersion,
            "istio.io/istio/pkg/version.buildTag": istioVersion,
            "istio.io/istio/pkg/version.buildHub": "docker.io/istio",
            "istio.io/istio/pkg/version.buildStatus": "Clean",
        },
        keep: {
            module: "istio.io/istio",
            paths: [
                "samples/certs",
                "samples/httpbin/httpbin.yaml",
                "samples/sleep/sleep.yaml",
                "tools/certs",
                "tools/packaging/common/envoy_bootstrap.json",
            ],
        },
    });
}

/** CoreDNS with the few plugins that a local cluster needs. */
export function corednsPart(goVersion: string): Part {
    const module = path.join(modules, "coredns");
    const version = requiredVersion(module, "github.com/coredns/coredns");
    return goPart({
        name: "coredns",
        title: `CoreDNS ${version}`,
        expected: "2 minutes",
        module,
        packages: ".",
        goVersion,
    });
}

/** go-httpbin, which Istio's httpbin sample runs. */
export function goHttpbinPart(goVersion: string): Part {
    const module = path.join(modules, "go-httpbin");
    const version = requiredVersion(module, "github.com/mccutchen/go-httpbin/v2");
    const title = `go-httpbin ${version}`;
    return goPart({ name: "go-httpbin", title, expected: "20 seconds", module, packages: "tool", goVersion });
}

/** pause, which holds a pod's namespaces open. */
export function pausePart(goVersion: string): Part {
    const module = path.join(projectDir, "local", "images", "pause");
    return goPart({
        name: "pause",
        title: "pause",
        expected: "10 seconds",
        module,
        packages: ".",
        goVersion,
    });
}
