import * as pulumi from "@pulumi/pulumi";
import { Settings } from "../../config/settings";
import type { StackSettings } from "../change";
import { LastOutputs, readyStatus, standaloneStatus } from "../outputs";
import { Refusal } from "../refusal";

type Role = Settings["role"];

/** A stack's keys are those of its role: another role's program has none of them. */
export function roleChanged({ settings, last }: Asked<{ role: Role }>): Refusal | undefined {
    const { role } = settings;
    const before = roleOf(last);
    return before === undefined || before === role
        ? undefined
        : {
              id: "role-changed",
              found: `The setting role is ${role}, but this stack is a live one of role ${before}. The change would delete ${holds(before)}.`,
              remedy: `Set role to ${before}, and use another stack for role ${role}. ${takeDown("this stack", before)}`,
          };
}

function holds(role: Role): string {
    const keys = "the keys and certificates that it holds";
    return role === "root"
        ? keys
        : role === "mesh"
          ? "the links between its clusters"
          : `${keys}, and its mesh`;
}

/** The names of keys and providers hold the cluster's name. */
export function clusterRenamed({
    settings: { role, cluster },
    last,
}: Asked<Pick<StackSettings, "role" | "cluster">>): Refusal | undefined {
    const before = last.mesh?.cluster ?? subjectsCluster(last);
    return before === undefined || before === cluster
        ? undefined
        : {
              id: "cluster-renamed",
              found: `The cluster's name is ${cluster}, but this stack holds cluster ${before}. The change would delete the key of ${before} and create everything of its mesh again.`,
              remedy: `Set cluster to ${before}. ${takeDown("it", role)}`,
          };
}

/** How to take down what a stack holds. A root's key is protected in the roles root and standalone. */
export function takeDown(what: string, role: Role): string {
    const stack = pulumi.getStack();
    const unprotect =
        role === "root" || role === "standalone"
            ? `\`pulumi state unprotect --all --stack ${stack}\` and `
            : "";
    return `To take ${what} down: ${unprotect}\`pulumi destroy --stack ${stack}\`.`;
}

/** What a guard of settings judges. */
interface Asked<Setting> {
    settings: Setting;
    last: LastOutputs;
}

/** Recognized by what each role alone exports, which stacks of every version did. */
function roleOf({ roots, links, csr, status }: LastOutputs): Role | undefined {
    if (roots) {
        return "root";
    }
    if (links) {
        return "mesh";
    }
    if (csr) {
        return "cluster";
    }
    return status === readyStatus ? "ready" : status === standaloneStatus ? "standalone" : undefined;
}

/** L= in the subject of a CA that a stack of ours made; others choose theirs as they like. */
function subjectsCluster({ ca }: LastOutputs): string | undefined {
    const ours = /^O=Istio, L=([a-z0-9-]+), CN=Intermediate CA$/;
    return ca && "generation" in ca ? ours.exec(ca.subject)?.[1] : undefined;
}
