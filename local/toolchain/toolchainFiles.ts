import type { PulumiCli } from "./installed";
import type { Part } from "./part";
import type { SystemCommands } from "./systemCommands";

/** Everything that the local clusters and their meshes are run with: full paths. */
export interface Toolchain {
    pulumi: PulumiCli;
    kubernetes: KubernetesPrograms;
    istio: IstioFiles;
    coredns: string;
    envoy: string;
    goHttpbin: string;
    pause: string;
    /** The folder of the files that the images share. */
    rootfs: string;
    /** The machine's own commands. */
    system: SystemCommands;
}

/** Programs of one Kubernetes release. */
export interface KubernetesPrograms {
    apiserver: string;
    controllerManager: string;
    scheduler: string;
    kubelet: string;
    proxy: string;
    kubectl: string;
}

/** Programs of one Istio release, and files of its repository. */
export interface IstioFiles {
    istioctl: string;
    pilotDiscovery: string;
    pilotAgent: string;
    /** The template of Envoy's bootstrap, as proxyv2 holds it. */
    envoyBootstrap: string;
    /** samples/httpbin/httpbin.yaml */
    httpbin: string;
    /** samples/sleep/sleep.yaml */
    sleep: string;
    /** The folder samples/certs. */
    sampleCerts: string;
    /** The folder tools/certs, with the Makefiles. */
    certsTool: string;
}

/** The parts of a toolchain. */
export interface Parts {
    programs: Part;
    /** Missing if the machine's own Pulumi serves. */
    pulumi?: Part;
    envoy: Part;
    rootfs: Part;
}
