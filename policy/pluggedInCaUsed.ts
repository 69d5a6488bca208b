import type { ResourceValidationPolicy } from "@pulumi/policy";
import { parseAllDocuments } from "yaml";
import { known } from "./properties";
import { CommandProps, installsIstio } from "./resources";

/** A value of Istio's installation that decides who signs. */
interface Value {
    path: RegExp;
    /** Whether the plugged-in CA signs under it. */
    harmless: (value: string) => boolean;
    /** What Istio does under another. */
    effect: string;
}

const unset = (value: string) => value === "";
const not = (word: string) => (value: string) => value !== word;
const only =
    (...words: string[]) =>
    (value: string) =>
        ["", ...words].includes(value);

/** As istiod and the proxies read them: istio pilot/pkg/bootstrap/{server,istio_ca}.go, pilot/cmd/pilot-agent/options. */
const values: Value[] = [
    {
        path: /^values\.global\.caAddress$/,
        harmless: unset,
        effect: "proxies ask the CA at that address for their certificates",
    },
    { path: /^values\.global\.caName$/, harmless: unset, effect: "proxies take the certificates of that CA" },
    {
        path: /^values\.(global\.pilotCertProvider|pilot\.env\.PILOT_CERT_PROVIDER)$/,
        harmless: only("istiod"),
        effect: "istiod's own certificate is not signed by the plugged-in CA",
    },
    {
        path: /^values\.pilot\.env\.EXTERNAL_CA$/,
        harmless: unset,
        effect: "istiod hands requests on to that CA and signs none",
    },
    {
        path: /^values\.pilot\.env\.ENABLE_CA_SERVER$/,
        harmless: not("false"),
        effect: "istiod signs nothing",
    },
    {
        path: /^values\.pilot\.env\.ROOT_CA_DIR$/,
        harmless: only("/etc/cacerts", "./etc/cacerts"),
        effect: "istiod does not look into cacerts, and makes a CA of its own",
    },
    {
        path: /^values\.pilot\.env\.USE_CACERTS_FOR_SELF_SIGNED_CA$/,
        harmless: not("true"),
        effect: "an istiod that finds no cacerts writes a CA of its own there",
    },
    {
        path: /^meshConfig\.defaultConfig\.proxyMetadata\.CA_ADDR$/,
        harmless: unset,
        effect: "proxies ask the CA at that address for their certificates",
    },
    {
        path: /^meshConfig\.defaultConfig\.proxyMetadata\.CA_PROVIDER$/,
        harmless: only("Citadel"),
        effect: "proxies ask another CA for their certificates",
    },
    {
        path: /^meshConfig\.defaultConfig\.proxyMetadata\.FILE_MOUNTED_CERTS$/,
        harmless: not("true"),
        effect: "proxies take certificates from files and ask no CA",
    },
];

/** Istio's own values can put another CA in the place of the plugged-in one, and nothing tells. */
export const pluggedInCaUsed: ResourceValidationPolicy = {
    name: "plugged-in-ca-used",
    description: "No value of Istio's installation may put another CA in the place of the plugged-in one.",
    enforcementLevel: "mandatory",
    configSchema: {
        properties: {
            allowed: {
                type: "array",
                items: { type: "string" },
                default: [],
                description: "Values that may be set all the same, as path=value.",
            },
        },
    },
    validateResource: (resource, reportViolation) => {
        if (!installsIstio(resource)) {
            return;
        }
        const { allowed = [] } = resource.getConfig<{ allowed?: string[] }>();
        for (const [path, value] of installationValues(resource.props as CommandProps)) {
            const found = values.find((each) => each.path.test(path) && !each.harmless(value));
            if (found && !allowed.includes(`${path}=${value}`)) {
                reportViolation(
                    `${path} is ${value}: ${found.effect}. Remove it from istioSet or from the file that istioOperator ` +
                        "names (--set, --filename).",
                );
            }
        }
    },
};

/** What a Command sets for Istio, by path: by IstioInstall's environment or by `--set` in the command itself. */
function installationValues(props: CommandProps): Map<string, string> {
    const operator = known(() => props.environment?.["ISTIO_OPERATOR"]) ?? "";
    const lines = (known(() => props.environment?.["ISTIO_SET"]) ?? "").split("\n");
    const command = known(() => props.create) ?? "";
    const flags = [...command.matchAll(/(?:--set|-s)[ =](["']?)(.+?)\1(?=\s|$)/g)].map(([, , set]) => set!);
    const documents = parseAllDocuments(operator).map(
        (document) => document.toJS() as { spec?: unknown } | null,
    );
    const set = [...lines, ...flags].flatMap((line): [string, string][] => {
        const [path, ...value] = line.split("=");
        return value.length > 0 ? [[path!, value.join("=")]] : [];
    });
    const all = new Map([...documents.flatMap((document) => flat(document?.spec)), ...set]);
    return new Map([...all].flatMap(([path, value]) => [canonical(path, value, all)]));
}

/** The scalars of a document, by path. */
function flat(value: unknown, path = ""): [string, string][] {
    if (typeof value !== "object" || value === null) {
        return [[path, `${(value as string | number | boolean | null) ?? ""}`]];
    }
    const list = Array.isArray(value);
    return Object.entries(value).flatMap(([name, item]) =>
        flat(item, list ? `${path}[${name}]` : path ? `${path}.${name}` : name),
    );
}

/** The environment of istiod can be set in two more ways. */
function canonical(path: string, value: string, all: Map<string, string>): [string, string] {
    const [, item] = /^(components\.pilot\.k8s\.env\[\d+\])\.name$/.exec(path) ?? [];
    return item === undefined
        ? [path.replace(/^unvalidatedValues\./, "values."), value]
        : [`values.pilot.env.${value}`, all.get(`${item}.value`) ?? ""];
}
