import * as fs from "node:fs";
import * as path from "node:path";
import { yaml } from "./yaml";

/** The names of the settings that Pulumi.yaml declares. A bundle holds them: program/bundle.cjs reads them when it makes it. */
export const declaredSettings: string[] = namesIn(
    fs.readFileSync(path.join(__dirname, "..", "Pulumi.yaml"), "utf8"),
);

function namesIn(manifest: string): string[] {
    return Object.keys((yaml().parse(manifest) as { config: object }).config);
}
