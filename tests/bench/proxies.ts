import * as path from "node:path";
import { execa } from "execa";
import { kubeconfigPath, projectDir, typescript } from "../../local/paths";
import { makeCa, makeLeaf } from "../unit/verify/certificates";
import { dump } from "../unit/verify/fakeMesh";
import { Bench, benchCluster } from "./bench";
import { against, Measure } from "./measure";
import type { ProxiesInput, ProxiesOutcome } from "./proxiesProgram";
import { startStandIns } from "./standIns";

/** How many proxies are asked. */
const count = 1000;

/** A kubelet takes 110 pods, and so each of these is asked ten times, as if it were ten. */
const pods = 100;

/**
 * What it takes to see that every proxy of a large mesh has picked up a CA, through a real API server and a real kubelet: stand-ins for
 * Envoy's admin interface, asked over one connection each, as the verification does.
 */
export async function proxies(bench: Bench): Promise<Measure[]> {
    const outcomes: ProxiesOutcome[] = [];
    const root = await makeCa("Root CA");
    const ca = await makeCa("Intermediate CA", { issuer: root });
    const leaf = await makeLeaf(ca, [{ type: "url", value: "spiffe://cluster.local/ns/a/sa/b" }]);
    await bench.onEmptyCluster(async () => {
        const secrets = JSON.stringify(dump([root], [leaf, ca, root]));
        await startStandIns(benchCluster, { count: pods, image: bench.images.names.pause, secrets });
        const input: ProxiesInput = {
            kubeconfig: kubeconfigPath,
            context: benchCluster,
            rootCert: root.certificate.pem,
            caCert: ca.certificate.pem,
            count,
        };
        for (let round = 1; round <= bench.rounds; round++) {
            outcomes.push(await ask(input, bench.signal));
            bench.log(`${count} proxies seen`, outcomes.at(-1)!.seconds);
        }
    });
    const of = (figure: keyof ProxiesOutcome) => outcomes.map((outcome) => outcome[figure]);
    return [
        against(`${count} proxies seen`, of("seconds"), 60),
        against(`${count} proxies, CPU of the verification`, of("cpuSeconds"), (count * 20) / 1000),
        against(`${count} proxies, its memory`, of("mebibytes"), 200, "MiB"),
    ];
}

/** In a process of its own, as the verification of an `up` has. */
async function ask(input: ProxiesInput, cancelSignal: AbortSignal): Promise<ProxiesOutcome> {
    const program = path.join(__dirname, "proxiesProgram.ts");
    const { stdout } = await execa(process.execPath, ["--require", typescript, program], {
        cwd: projectDir,
        input: JSON.stringify(input),
        cancelSignal,
    });
    return JSON.parse(stdout) as ProxiesOutcome;
}
