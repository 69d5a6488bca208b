import * as fs from "node:fs";
import * as path from "node:path";
import { ComponentProvider, getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import * as components from "../components";

const { name, version } = JSON.parse(
    fs.readFileSync(path.join(__dirname, "..", "package.json"), "utf8"),
) as Record<"name" | "version", string>;

/** Prints the components' schema, that Pulumi makes SDKs for other languages from. */
async function main(): Promise<void> {
    const classes = getPulumiComponents(components);
    const provider = new ComponentProvider({ name, version, dirname: __dirname, components: classes });
    console.log(JSON.stringify(JSON.parse(await provider.getSchema()), undefined, 4));
}

void main();
