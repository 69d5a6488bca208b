import * as fs from "node:fs";
import * as path from "node:path";

interface Property {
    type?: string;
    description?: string;
    secret?: boolean;
}

type Properties = Record<string, Property>;

/** What Pulumi makes SDKs from, as far as it is completed here. */
interface Schema {
    meta?: object;
    language: Record<string, object>;
    resources: Record<string, { inputProperties?: Properties; properties?: Properties }>;
    types: Record<string, { description?: string; properties?: Properties }>;
}

/** Where the types of the components' arguments and outputs are declared. */
const sources = "{components,pki,verify}/*.ts";

/** Numbers that count something; all others measure time, of which there are fractions. */
const counts = ["apiPorts", "checks", "renewals", "rootMaxPathLength", "tokenNumber"];

/**
 * Adds what Pulumi's analysis of the components does not find: which values are secrets and which numbers are integers, what types are
 * for, and the Go module of the SDK. Types get names without TypeScript's habits, because SDKs append `Args` themselves.
 *
 * @param text - the schema of the analysis, JSON
 * @param checkout - the folder of the sources
 */
export function completeSchema(text: string, checkout: string): string {
    const schema = JSON.parse(text.replace(/:index:(?:Partial)?(\w+?)(?:Args)?"/g, ':index:$1"')) as Schema;
    const documented = descriptions(checkout);
    for (const [token, type] of Object.entries(schema.types)) {
        const name = token.split(":").at(-1)!;
        type.description = documented.get(name) ?? documented.get(`${name}Args`);
    }
    for (const { inputProperties, properties } of [
        ...Object.values(schema.resources),
        ...(Object.values(schema.types) as Schema["resources"][string][]),
    ]) {
        completeProperties({ ...inputProperties });
        completeProperties({ ...properties });
    }
    // Pulumi's default is a module of example.com whose packages do not find each other.
    schema.meta = { supportPack: true };
    schema.language["go"] = {
        ...schema.language["go"],
        importBasePath: "istio-plugin-ca/sdk/go/istiopluginca",
    };
    return JSON.stringify(schema);
}

function completeProperties(properties: Properties): void {
    for (const [name, property] of Object.entries(properties)) {
        if (/(^|\. )Secret[.;]/.test(property.description ?? "")) {
            property.secret = true;
        }
        if (counts.includes(name)) {
            Object.assign(property, JSON.parse(JSON.stringify(property).replace('"number"', '"integer"')));
        }
    }
}

/** The TSDoc of exported types, by their names, without links. */
function descriptions(checkout: string): Map<string, string> {
    const declaration = /\/\*\*((?:(?!\*\/)[^])*)\*\/\s*export (?:interface|const) (\w+)/g;
    const texts = fs
        .globSync(sources, { cwd: checkout })
        .map((file) => fs.readFileSync(path.join(checkout, file), "utf8"));
    return new Map(
        texts.flatMap((text) =>
            [...text.matchAll(declaration)].map(([, comment, name]): [string, string] => [
                name!,
                comment!
                    .replace(/^\s*\* ?/gm, "")
                    .replace(/\{@link (\w+)\}/g, "$1")
                    .trim(),
            ]),
        ),
    );
}
