import * as path from "node:path";

/** The checkout. */
export const projectDir = path.resolve(__dirname, "..");

/** What Node.js loads before a program of this checkout. */
export const typescript = path.join(projectDir, "program", "typescript.cjs");

/** Everything that the embedded default creates is here; git ignores it. */
export const localDir = path.join(projectDir, ".local");

/** The tools a user calls: pulumi, kubectl, istioctl. */
export const binDir = path.join(localDir, "bin");

/** Built parts of the toolchain, one folder a part, keyed by the hash of what defines it. */
export const toolchainDir = path.join(localDir, "toolchain");

/** Container images as archives that containerd imports. */
export const imagesDir = path.join(localDir, "images");

/** The state of the local clusters, one folder a cluster. */
export const clustersDir = path.join(localDir, "clusters");

/** The clusters of kind, one folder a cluster, where the local clusters are kind's. */
export const kindDir = path.join(localDir, "kind");

/** A kubeconfig with one context per local cluster. */
export const kubeconfigPath = path.join(localDir, "kubeconfig");

/** PULUMI_HOME of the local default: its plugin cache. */
export const pulumiHome = path.join(localDir, "pulumi-home");

/** Logs of what the embedded default builds and installs, one file a part. */
export const logsDir = path.join(localDir, "logs");

/** The Pulumi project of `npm start`: the checkout's program with stacks and a backend of its own. */
export const localProjectDir = path.join(localDir, "project");
