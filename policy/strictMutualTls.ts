import type { ResourceValidationPolicy } from "@pulumi/policy";
import { known } from "./properties";

interface Config {
    namespaces: string[];
}

interface Props {
    metadata?: { namespace?: string };
    spec?: {
        selector?: object;
        mtls?: { mode?: string };
        portLevelMtls?: Record<string, { mode?: string }>;
    };
}

/** Where plaintext is taken too, a certificate proves nothing. */
export const strictMutualTls: ResourceValidationPolicy = {
    name: "strict-mutual-tls",
    description: "A PeerAuthentication must not be weaker than STRICT in managed namespaces.",
    enforcementLevel: "mandatory",
    configSchema: {
        properties: {
            namespaces: {
                type: "array",
                items: { type: "string" },
                default: [],
                description: "The managed namespaces; none: all of them.",
            },
        },
    },
    validateResource: (resource, reportViolation) => {
        if (!/^kubernetes:security\.istio\.io\/[^:]+:PeerAuthentication$/.test(resource.type)) {
            return;
        }
        const props = resource.props as Props;
        const { namespaces } = resource.getConfig<Config>();
        const namespace = known(() => props.metadata?.namespace ?? "default");
        if (namespaces.length > 0 && namespace !== undefined && !namespaces.includes(namespace)) {
            return;
        }
        for (const [path, mode] of weakModes(props)) {
            reportViolation(
                `${path} is ${mode}, so plaintext is taken where clients send it. Set it to STRICT; while workloads ` +
                    "move into the mesh, name in the setting `namespaces` of this policy those that have moved.",
            );
        }
    },
};

/** The modes that take plaintext, after where they are set. One for chosen workloads inherits where it is not set. */
function weakModes(props: Props): [string, string][] {
    const selects = known(() => props.spec?.selector) !== undefined;
    const mode = known(() => props.spec?.mtls?.mode ?? "UNSET");
    const ports = Object.keys(known(() => props.spec?.portLevelMtls) ?? {});
    const modes: [string, string | undefined][] = [
        ["spec.mtls.mode", selects && mode === "UNSET" ? "STRICT" : mode],
        ...ports.map((port): [string, string | undefined] => [
            `spec.portLevelMtls.${port}.mode`,
            known(() => props.spec?.portLevelMtls?.[port]?.mode ?? "STRICT"),
        ]),
    ];
    return modes.filter((each): each is [string, string] => each[1] !== undefined && each[1] !== "STRICT");
}
