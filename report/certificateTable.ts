import type { Element } from "hast";
import { h } from "hastscript";
import { shorten } from "../pki/certificate";
import { tokensOf, TrustFacts } from "./trustFacts";

interface Row {
    what: string;
    status: string;
    fingerprint?: string;
    expires?: string | undefined;
    renewFrom?: string | undefined;
}

const columns = ["Of", "Status", "Fingerprint", "Expires", "Renewed by an up from"];

/** Everything that expires, what expires first on top. */
export function certificateTable(report: TrustFacts): Element {
    const rows = rowsOf(report).sort((one, other) => (one.expires ?? "").localeCompare(other.expires ?? ""));
    return h("div", { class: "scroll" }, [
        h("table", [
            h("thead", [
                h(
                    "tr",
                    null,
                    columns.map((each) => h("th", { scope: "col" }, each)),
                ),
            ]),
            h(
                "tbody",
                null,
                rows.map(({ what, status, fingerprint, expires, renewFrom }) =>
                    h("tr", [
                        h("th", { scope: "row" }, what),
                        h("td", status),
                        h(
                            "td",
                            fingerprint === undefined
                                ? ""
                                : h("code", { title: fingerprint }, shorten(fingerprint)),
                        ),
                        h("td", expires?.slice(0, 10) ?? "-"),
                        h("td", renewFrom?.slice(0, 10) ?? "-"),
                    ]),
                ),
            ),
        ]),
    ]);
}

function rowsOf({ roots, clusters, meshes }: TrustFacts): Row[] {
    return [
        ...roots.map(({ name, signs, stack, fingerprint, notAfter }) => {
            const status = signs ? "signs" : stack === undefined ? "outside of this project" : "trusted";
            return { what: `root ${name}`, status, fingerprint, expires: notAfter };
        }),
        ...clusters.flatMap(({ stack, status, ca, previousCa }) => [
            {
                what: stack,
                status,
                ...(ca && { fingerprint: ca.fingerprint, expires: ca.notAfter, renewFrom: ca.renewFrom }),
            },
            ...(previousCa
                ? [
                      {
                          what: `${stack}, previous CA`,
                          status: previousCa.signs ? "signs" : "trusted",
                          fingerprint: previousCa.fingerprint,
                          expires: previousCa.notAfter,
                      },
                  ]
                : []),
        ]),
        ...tokensOf(meshes).map(({ stack, cluster, expires, renewFrom }) => ({
            what: `token for ${cluster}`,
            status: `linked by ${stack}`,
            expires,
            renewFrom,
        })),
    ];
}
