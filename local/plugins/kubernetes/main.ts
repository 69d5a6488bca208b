import { version } from "@pulumi/kubernetes/package.json";
import { serveProvider } from "../serve";
import { KubernetesProvider } from "./kubernetesProvider";

void serveProvider((log) => new KubernetesProvider(version, log));
