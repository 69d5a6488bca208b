import * as fs from "node:fs";
import * as path from "node:path";
import { ComponentProvider, getPulumiComponents } from "@pulumi/pulumi/provider/experimental/provider";
import * as components from "../components";
import { type Manifest, metadata } from "./metadata";
import { completeSchema } from "./schema";

const checkout = path.join(__dirname, "..");
const dist = path.join(checkout, "dist");

/** The folders of the command line, whose types nobody imports. */
const commandLine = "{cli,config,operations,report,review,stacks}";

/**
 * Adds to `dist` what tsc leaves out: the components' scripts, what judges CAs, the names of settings, the files of plugin and policy
 * pack, and the plugin's schema.
 */
async function main(): Promise<void> {
    const copied = "{Pulumi.yaml,components/scripts/*.sh,pki/verdict/*.wasm.br,policy/PulumiPolicy.yaml}";
    for (const file of fs.globSync(copied, { cwd: checkout })) {
        fs.copyFileSync(path.join(checkout, file), path.join(dist, file));
    }
    for (const file of ["PulumiPlugin.yaml", "package.json"]) {
        fs.copyFileSync(path.join(__dirname, file), path.join(dist, "plugin", file));
    }
    const pack = { private: true, version: manifest().version, main: "pack.js" };
    fs.writeFileSync(path.join(dist, "policy", "package.json"), JSON.stringify(pack));
    fs.globSync(`${commandLine}/**/*.d.ts`, { cwd: dist }).forEach((file) =>
        fs.rmSync(path.join(dist, file)),
    );
    fs.writeFileSync(path.join(dist, "plugin", "schema.json"), await schema());
}

/** What Pulumi makes SDKs for other languages from, found in the types of the components' arguments and fields. */
async function schema(): Promise<string> {
    const { name, version } = manifest();
    const classes = getPulumiComponents(components);
    const provider = new ComponentProvider({ name, version, dirname: __dirname, components: classes });
    const completed = JSON.parse(completeSchema(await provider.getSchema(), checkout)) as object;
    return JSON.stringify({ ...completed, ...metadata(manifest()) });
}

function manifest(): Manifest {
    const text = fs.readFileSync(path.join(checkout, "package.json"), "utf8");
    return JSON.parse(text) as Manifest;
}

void main();
