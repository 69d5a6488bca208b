import * as fs from "node:fs";
import { createRequire, Module } from "node:module";
import * as path from "node:path";
import { parse } from "yaml";
import { withIstioctl } from "./istioctl";
import { MockedProgram, MockOptions, runMocked } from "./mocks";

const examples = path.resolve(__dirname, "..", "..", "..", "examples");
const load = createRequire(__filename);

/** How Node.js finds modules; its types leave this out. */
const resolver = Module as unknown as { _resolveFilename: (request: string, ...rest: unknown[]) => string };

/** Runs a program of `examples/` with mocks, in a folder of the test. Settings that it is not given have their defaults. */
export async function runExample(
    name: string,
    dir: string,
    options: MockOptions,
): Promise<MockedProgram<Record<string, unknown>>> {
    const folder = path.join(examples, name);
    const [cwd, resolve] = [process.cwd(), resolver._resolveFilename];
    resolver._resolveFilename = (request, ...rest) =>
        resolve(request === "istio-plugin-ca" ? path.join(examples, "..", "components") : request, ...rest);
    process.chdir(dir);
    try {
        const program = () => load(path.join(folder, "index.ts")) as Record<string, unknown>;
        const config = { ...defaults(folder), ...options.config };
        return await withIstioctl("1.31.0", () => runMocked(program, { ...options, config }));
    } finally {
        process.chdir(cwd);
        resolver._resolveFilename = resolve;
        for (const file of Object.keys(load.cache).filter((each) => each.startsWith(folder))) {
            delete load.cache[file];
        }
    }
}

/** The defaults of the settings that an example's Pulumi.yaml declares. */
function defaults(folder: string): Record<string, string> {
    const manifest = fs.readFileSync(path.join(folder, "Pulumi.yaml"), "utf8");
    const { config } = parse(manifest) as { config: Record<string, { default?: unknown }> };
    const declared = Object.entries(config).filter(([, each]) => each.default !== undefined);
    return Object.fromEntries(declared.map(([key, { default: value }]) => [key, String(value)]));
}
