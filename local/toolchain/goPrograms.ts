import * as path from "node:path";
import { projectDir } from "../paths";
import { goPart, requiredVersion } from "./goPart";
import type { Part } from "./part";

/** Istio's version, which its pseudo-versioned Go module does not state; also the tag of its images. */
export const istioVersion = "1.31.0";

/** One Go module for all programs, so that what they share is of one version and compiled once. */
export const programsModule = path.join(projectDir, "local", "toolchain", "programs");

/** As Istio's own releases are built: without the validation of Envoy's messages, which nothing calls. */
export const programsTags = "disable_pgv";

/** The Pulumi CLI's version. */
export const pulumiVersion = requiredVersion(programsModule, "github.com/pulumi/pulumi/pkg/v3");

/** Kubernetes' version. */
export const kubernetesVersion = requiredVersion(programsModule, "k8s.io/kubernetes");

/** The names under which the one program that holds them all is called, see `programs/kubernetes`. */
const kubernetesPrograms = [
    "kube-apiserver",
    "kube-controller-manager",
    "kube-proxy",
    "kube-scheduler",
    "kubectl",
    "kubelet",
];

/** Of Istio's repository. */
const istioFiles = [
    "samples/certs",
    "samples/httpbin/httpbin.yaml",
    "samples/sleep/sleep.yaml",
    "tools/certs",
    "tools/packaging/common/envoy_bootstrap.json",
];

/**
 * What the clusters and their meshes run: Kubernetes, CoreDNS with the few plugins that a local cluster needs, istioctl,
 * pilot-discovery, pilot-agent, go-httpbin, which Istio's sample httpbin runs, and pause, which holds a pod's namespaces open;
 * with them what others need of Istio's repository.
 */
export function clusterProgramsPart(goVersion: string): Part {
    const [major, minor] = kubernetesVersion.slice(1).split(".");
    return goPart({
        name: "programs",
        title: `Kubernetes ${kubernetesVersion} and Istio ${istioVersion}`,
        expected: "8 minutes",
        module: programsModule,
        packages: [
            "./coredns",
            "./kubernetes",
            "./pause",
            "github.com/mccutchen/go-httpbin/v2/cmd/go-httpbin",
            "istio.io/istio/istioctl/cmd/istioctl",
            "istio.io/istio/pilot/cmd/pilot-agent",
            "istio.io/istio/pilot/cmd/pilot-discovery",
        ],
        goVersion,
        tags: programsTags,
        variables: {
            "k8s.io/component-base/version.gitVersion": kubernetesVersion,
            "k8s.io/component-base/version.gitMajor": major ?? "",
            "k8s.io/component-base/version.gitMinor": minor ?? "",
            "istio.io/istio/pkg/version.buildVersion": istioVersion,
            "istio.io/istio/pkg/version.buildTag": istioVersion,
            "istio.io/istio/pkg/version.buildHub": "docker.io/istio",
            "istio.io/istio/pkg/version.buildStatus": "Clean",
        },
        links: { kubernetes: kubernetesPrograms },
        keep: { module: "istio.io/istio", paths: istioFiles },
    });
}

/** The Pulumi CLI with its engine. */
export function pulumiPart(goVersion: string): Part {
    return goPart({
        name: "pulumi",
        title: `Pulumi ${pulumiVersion}`,
        expected: "3 minutes",
        module: programsModule,
        packages: ["github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"],
        goVersion,
        tags: "disable_pgv",
        variables: { "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": pulumiVersion },
    });
}
