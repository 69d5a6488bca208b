import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { ApiServerCheck } from "../../components/apiServerCheck";
import { MeshMatrix } from "../../components/meshMatrix";
import { MeshProbe } from "../../components/meshProbe";
import { RemoteReader } from "../../components/remoteReader";
import { RemoteSecret } from "../../components/remoteSecret";
import { LinkingSettings } from "../../config/settings";
import { pemsOf } from "../../components/caPems";
import { refuseLinks } from "../guards/linkChain";
import { LinkChange, Member, ordered, tokenFacts } from "../linkChange";
import { Exported, lastOutputs, LinksOutputs, TokenFacts } from "../outputs";
import { providerArgs } from "../pluggedInCa";

/** A cluster, and what the links need in it. */
interface Linked extends Member {
    provider: Provider;
    reader: RemoteReader;
    tokenNumber: number;
    probe: MeshProbe;
}

/**
 * The links between the clusters of one mesh: each one's istiod reads the API servers of all others. It holds the access to all of them,
 * and no CA's key. A cluster is read by the others once its API server was reached from them.
 */
export async function meshProgram(settings: LinkingSettings): Promise<Exported<LinksOutputs>> {
    const last = await lastOutputs();
    const change = new LinkChange(settings, last);
    await refuseLinks(change);
    const members = await change.members();
    const linked = members.map((member) => inCluster(member, members, change));
    const secrets = ordered(linked).map(([holder, read]) => link(holder, read, settings));
    const matrix = settings.verification ? verification(linked, secrets, settings) : undefined;
    const links = linked.map((each) => {
        const { stack, cluster, context, multicluster } = each;
        const token = settings.remoteKubeconfig === undefined && { token: tokenOf(each, change) };
        return [cluster, { stack, context, network: multicluster.network, ...token }] as const;
    });
    return {
        meshId: members[0]!.multicluster.meshId,
        links: Object.fromEntries(links),
        ...(matrix && { matrix: matrix.summary }),
    };
}

function inCluster(member: Member, members: Member[], change: LinkChange): Linked {
    const { cluster, context, uid } = member;
    const { kubeconfig, remoteKubeconfig, tokenDays } = change.settings;
    const access = { kubeconfig, context };
    const provider = new Provider(cluster, providerArgs(cluster, access));
    const tokenNumber = change.tokenNumber(cluster);
    const reader = new RemoteReader(
        `${cluster}-reader`,
        { ...access, clusterUid: uid, tokenDays, tokenNumber, issueToken: remoteKubeconfig === undefined },
        { provider },
    );
    const apiPorts = members.map(({ server }) => Number(new URL(server).port || 443));
    const probe = new MeshProbe(
        `${cluster}-probe`,
        { cluster, clusters: members.map((each) => each.cluster), apiPorts },
        { provider },
    );
    return { ...member, provider, reader, tokenNumber, probe };
}

/** Lets the holder's istiod read the other cluster. */
function link(holder: Linked, read: Linked, settings: LinkingSettings): RemoteSecret {
    const { kubeconfig, remoteKubeconfig: template } = settings;
    const { cluster, server, reader } = read;
    const { caPem, token } = reader;
    const name = `${holder.cluster}-reads-${cluster}`;
    const { context, uid: clusterUid, provider, probe } = holder;
    const reached = new ApiServerCheck(name, {
        kubeconfig,
        context,
        clusterUid,
        namespace: probe.namespace,
        cluster,
        server,
        caPem,
    });
    const identity = template === undefined ? { token } : { template };
    return new RemoteSecret(name, { cluster, server, caPem, ...identity }, { provider, dependsOn: reached });
}

/** What is known of the token by which a cluster is read, with a warning if it is a new one and short: nobody renews it but an `up`. */
function tokenOf(
    { cluster, reader, tokenNumber }: Linked,
    { settings, last }: LinkChange,
): pulumi.Output<TokenFacts> {
    const before = last.links?.[cluster]?.token;
    return reader.expires.apply((expires) => {
        const facts = tokenFacts(tokenNumber, expires, before);
        const days = (Date.parse(expires) - Date.now()) / 86_400_000;
        if (facts !== before && days < 0.9 * settings.tokenDays) {
            void pulumi.log.warn(
                `The API server of ${cluster} gave a token until ${expires}, though tokenDays is ${settings.tokenDays}. Run an \`up\` of this stack after ${facts.renewFrom} and before it expires, and so on; or let clusters read each other without a token, by the setting remoteKubeconfig.`,
            );
        }
        return facts;
    });
}

/** The proof is repeated when a CA or a place in the mesh changes, not with every token. */
function verification(linked: Linked[], secrets: RemoteSecret[], settings: LinkingSettings): MeshMatrix {
    const { kubeconfig, timeoutSeconds } = settings;
    const clusters = linked.map(
        ({ cluster, context, bundle, multicluster: { network, gateway, reissueMinutes } }) => {
            const { caCertPem, rootCertPem, crlPem: crls } = pemsOf(bundle.files);
            return { cluster, context, caCertPem, rootCertPem, crls, reissueMinutes, network, gateway };
        },
    );
    const { trustDomain } = linked[0]!.multicluster;
    const probes = linked.map(({ probe }) => probe);
    return new MeshMatrix(
        "matrix",
        { kubeconfig, clusters, trustDomain, timeoutSeconds },
        { dependsOn: [...secrets, ...probes] },
    );
}
