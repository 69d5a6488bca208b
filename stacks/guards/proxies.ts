import * as pulumi from "@pulumi/pulumi";
import type { Change } from "../change";
import { seen } from "../askMesh";
import { Refusal } from "../refusal";
import { rootNotTrusted, rootStillUsed } from "./roots";

/** The next step of a migration waits until every proxy has picked up the last one. */
export async function proxiesLag(change: Change): Promise<Refusal | undefined> {
    const { cluster, mesh } = change.settings;
    const plan = await change.plan();
    const { plugged: before, previousCa } = await change.lastHere();
    if (!mesh || !plan || !previousCa || !before || !(await change.changesFiles()) || (await jumps(change))) {
        return undefined;
    }
    const { kubeconfig, context } = mesh.access;
    const { exclude } = mesh.verification;
    const { proxiesBehind } = await import("../../verify/proxies.ts");
    const lagging = await seen("Whether every proxy has picked up the previous step", () =>
        proxiesBehind({ kubeconfig, context, exclude }, [before, plan.bundle]),
    );
    return lagging.length === 0
        ? undefined
        : {
              id: "proxies-lag",
              found: `These proxies of cluster ${cluster} have not picked up the previous step:\n    ${lagging.join("\n    ")}`,
              remedy: `\`npm run migrate -- ${pulumi.getStack()}\` waits for them, and with --restart restarts those that cannot pick it up. The setting verificationExclude leaves out those that may lag behind.`,
          };
}

/** No proxy is asked about a step that is refused. */
async function jumps(change: Change): Promise<boolean> {
    return ((await rootStillUsed(change)) ?? (await rootNotTrusted(change))) !== undefined;
}
