import { observeCacerts } from "./cacertsSecret";
import { ExpectedCa } from "./expectedCa";
import { Cluster } from "../kube/cluster";
import { foreignClientPem } from "./foreignClient";
import type { VerificationSettings } from "./input";
import { observeIstiod } from "./istiod";
import { ProbePod } from "./probePod";
import { OnProgress, Proxies } from "./proxies";
import { Check, Report, report, Settled } from "./report";
import { observeRootConfigMaps } from "./rootConfigMaps";
import { Patience, settle } from "./settle";
import { observeUnseen } from "./unseen";
import * as workloads from "./workloads";

/** Milliseconds between two looks at what is starting: the workloads, and the probe pod. */
const startingPauseMs = 100;

/** How much longer than the limit the probe pod may live if nobody deletes it, seconds. */
const probePodGraceSeconds = 60;

/**
 * Verifies a mesh over real connections. What fails is tried again until the limit.
 *
 * @param signal - ends the verification early; the probe pod is deleted in every case
 * @param onProgress - called with how many proxies have picked up the CA
 * @throws CannotVerify if there is nothing to talk to or no permission.
 */
export async function verifyMesh(
    settings: VerificationSettings,
    { signal, onProgress }: { signal?: AbortSignal; onProgress?: OnProgress } = {},
): Promise<Report> {
    const start = Date.now();
    const failure = new AbortController();
    const patience = {
        deadline: start + settings.limitSeconds * 1000,
        signal: signal ? AbortSignal.any([signal, failure.signal]) : failure.signal,
    };
    const ca = expectedCa(settings);
    const cluster = await Cluster.connect(settings.kubeconfig, settings.context);
    const { istioNamespace, workloadNamespace } = settings;
    const { server, client } = await workloads.readWorkloads(cluster, workloadNamespace);
    const withWorkloads = settings.workloads ?? (server ?? client) !== undefined;

    const why = settings.workloads === false ? "not asked for" : `none in namespace ${workloadNamespace}`;
    const skipped = withWorkloads ? [] : [`httpbin and sleep: ${why}`];
    const istiod = settle("istiod", patience, ({ signal }) =>
        observeIstiod(cluster, istioNamespace, ca, signal),
    );
    const { reissueMinutes: minutes } = settings;
    const expected =
        minutes === undefined ? ca : { ...ca, reissue: { minutes, since: signing(await istiod) } };
    const options = { exclude: settings.exclude, onProgress };
    const tasks: Promise<Settled | Settled[]>[] = [
        istiod,
        settle("Secret cacerts", patience, () => observeCacerts(cluster, istioNamespace, expected)),
        ...(settings.proxies
            ? [
                  verifyProxies(new Proxies(cluster, [expected], options), patience),
                  settle("unseen", patience, ({ signal }) => observeUnseen(cluster, istioNamespace, signal)),
              ]
            : []),
        settle("ConfigMaps", patience, () => observeRootConfigMaps(cluster, istioNamespace, expected)),
        ...(withWorkloads ? [verifyWorkloads(cluster, settings, expected, patience)] : []),
    ];
    try {
        const settled = (await Promise.all(tasks)).flat();
        return report({
            context: cluster.context,
            trustDomain: settings.trustDomain,
            expected,
            settled,
            skipped,
        });
    } catch (error) {
        failure.abort(error);
        await Promise.allSettled(tasks);
        throw error;
    }
}

/** Each proxy has a time limit of its own, so together they need only the deadline. */
function verifyProxies(proxies: Proxies, patience: Patience): Promise<Settled> {
    return settle("proxies", { ...patience, attemptMs: Infinity }, ({ signal }) =>
        proxies.observe(patience.deadline, signal),
    );
}

async function verifyWorkloads(
    cluster: Cluster,
    { workloadNamespace: namespace, trustDomain, limitSeconds }: VerificationSettings,
    expected: ExpectedCa,
    patience: Patience,
): Promise<Settled[]> {
    let found: workloads.Workloads = { server: undefined, client: undefined };
    const look = (ready: (check: Check) => boolean, pauseMs?: number) =>
        settle("workloads", { ...patience, ...(pauseMs && { pauseMs }) }, async () => {
            found = await workloads.readWorkloads(cluster, namespace);
            const check = workloads.readinessCheck(found);
            return { checks: [{ ...check, ok: ready(check) }] };
        });
    const presence = await look(() => found.server !== undefined && found.client !== undefined);
    const { server, client } = found;
    if (!server || !client) {
        return [presence];
    }
    const context = { cluster, namespace, trustDomain, expected, server, client };
    const foreignPem = foreignClientPem(workloads.identity(context, client), expected.caCert.pem);
    const template = client.spec!.template.spec!;
    const pod = await ProbePod.create(cluster, namespace, template, limitSeconds + probePodGraceSeconds);
    try {
        // It starts while they do.
        const [readiness, started] = await Promise.all([
            look(({ ok }) => ok, startingPauseMs),
            settle("probe pod", { ...patience, pauseMs: startingPauseMs }, async ({ signal }) => {
                await pod.until(signal).ping();
                return { checks: [] };
            }),
        ]);
        if (readiness.checks.some(({ ok }) => !ok)) {
            return [readiness];
        }
        if (started.checks.length > 0) {
            return [readiness, started];
        }
        const probes = await Promise.all([
            settle("httpbin", patience, ({ signal }) => workloads.observeServer(context, pod.until(signal))),
            settle("sleep", patience, (attempt) =>
                workloads.observeClient(context, pod.until(attempt.signal), attempt),
            ),
            settle("plaintext", patience, ({ signal }) =>
                workloads.observePlaintext(context, pod.until(signal)),
            ),
            settle("foreign CA", patience, async ({ signal }) =>
                workloads.observeForeignClient(context, pod.until(signal), await foreignPem),
            ),
        ]);
        return [readiness, started, ...probes];
    } finally {
        await pod.delete();
    }
}

/** When istiod began to sign with its CA: its own certificate is made when it picks it up. */
function signing({ certificates }: Settled): Date {
    return new Date(certificates?.["istiod"]?.notBefore ?? 0);
}

function expectedCa({ rootCert, caCert, crls }: VerificationSettings): ExpectedCa {
    return { caCert: caCert[0], roots: rootCert, ...(crls && { crls }) };
}
