import * as fs from "node:fs";
import * as path from "node:path";
import * as pulumi from "@pulumi/pulumi";
import * as components from "../components";

type Component = new (
    name: string,
    args: never,
    opts: pulumi.ComponentResourceOptions,
) => pulumi.ComponentResource;

interface Schema {
    version: string;
    /** By token, such as istio-plugin-ca:index:RootCa. */
    resources: Record<string, { properties?: object }>;
}

/**
 * Serves the components to programs in other languages. It uses a schema that was made by the build: Pulumi's own
 * `componentProviderHost` would compile and analyse the TypeScript at each start.
 */
function provider(): pulumi.provider.Provider {
    const schema = fs.readFileSync(path.join(__dirname, "schema.json"), "utf8");
    const { version, resources } = JSON.parse(schema) as Schema;
    return {
        version,
        schema,
        construct(name, type, inputs, options) {
            const resource = resources[type];
            if (!resource) {
                throw new Error(`There is no component ${type}, only ${Object.keys(resources).join(", ")}.`);
            }
            const Class = components[type.split(":")[2] as keyof typeof components] as Component;
            const component = new Class(name, inputs as never, options);
            const outputs = component as unknown as Record<string, unknown>;
            const names = Object.keys(resource.properties ?? {});
            const state = Object.fromEntries(names.map((name) => [name, outputs[name]]));
            return Promise.resolve({ urn: component.urn, state });
        },
    };
}

void pulumi.provider.main(provider(), process.argv.slice(2));
