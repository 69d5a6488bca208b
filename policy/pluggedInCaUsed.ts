import type { ResourceValidationPolicy } from "@pulumi/policy";
import { parseAllDocuments } from "yaml";
import { known } from "./properties";
import { CommandProps, installsIstio } from "./resources";

/** What decides who signs. */
interface Value {
    /** Whether the plugged-in CA signs under it. */
    harmless: (value: string) => boolean;
    /** What Istio does under another. */
    effect: string;
}

const unset = (value: string) => value === "";
const unsetOr =
    (...words: string[]) =>
    (value: string) =>
        ["", ...words].includes(value);
// As Go parses it.
const notFalse = (value: string) => !/^(false|f|0)$/i.test(value);
const notTrue = (value: string) => !/^(true|t|1)$/i.test(value);

const asksOther = "proxies ask another CA for their certificates";
const servesOther = "istiod's own certificate is not signed by the plugged-in CA";

/**
 * The values by which another CA comes in, as istiod and the proxies read them: istio
 * pilot/pkg/bootstrap/{server,istio_ca}.go, pilot/cmd/pilot-agent/options.
 */
const values: Record<string, Value> = {
    "values.global.caAddress": { harmless: unset, effect: asksOther },
    "values.global.caName": { harmless: unset, effect: asksOther },
    "meshConfig.defaultConfig.proxyMetadata.CA_ADDR": { harmless: unset, effect: asksOther },
    "meshConfig.defaultConfig.proxyMetadata.CA_PROVIDER": { harmless: unsetOr("Citadel"), effect: asksOther },
    "meshConfig.defaultConfig.proxyMetadata.FILE_MOUNTED_CERTS": {
        harmless: notTrue,
        effect: "proxies take certificates from files and ask no CA",
    },
    "values.global.pilotCertProvider": { harmless: unsetOr("istiod"), effect: servesOther },
    "values.pilot.env.PILOT_CERT_PROVIDER": { harmless: unsetOr("istiod"), effect: servesOther },
    "values.pilot.env.EXTERNAL_CA": {
        harmless: unset,
        effect: "istiod hands requests on to that CA and signs none",
    },
    "values.pilot.env.ENABLE_CA_SERVER": { harmless: notFalse, effect: "istiod signs nothing" },
    "values.pilot.env.ROOT_CA_DIR": {
        harmless: unsetOr("/etc/cacerts", "./etc/cacerts"),
        effect: "istiod does not look into cacerts, and makes a CA of its own",
    },
    "values.pilot.env.USE_CACERTS_FOR_SELF_SIGNED_CA": {
        harmless: notTrue,
        effect: "an istiod that finds no cacerts writes a CA of its own there",
    },
};

interface Config {
    allowed: string[];
}

/** Istio's own values can put another CA in the place of the plugged-in one, and nothing reports it. */
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
        const { allowed } = resource.getConfig<Config>();
        for (const [path, value] of installationValues(resource.props as CommandProps)) {
            const { harmless, effect } = values[path] ?? {};
            if (harmless?.(value) === false && !allowed.includes(`${path}=${value}`)) {
                reportViolation(
                    `${path} is ${value}: ${effect}. Remove it from istioSet or from the file that istioOperator ` +
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
    const documents = parseAllDocuments(operator)
        .filter(({ errors }) => errors.length === 0)
        .map((document) => document.toJS() as { spec?: unknown } | null);
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
