import * as fs from "node:fs";
import * as path from "node:path";
import { parse } from "yaml";

const checkout = path.resolve(__dirname, "..");
const page = path.join(__dirname, "settings.md");

/** What encloses the generated part of the page; the rest is written by hand. */
const begin = "<!-- Generated from Pulumi.yaml by `npm run docs:settings`. -->\n";
const end = "<!-- End of the generated part. -->\n";

/** A setting as Pulumi.yaml declares it. */
interface Declaration {
    type: string;
    default?: string | number | boolean | string[];
    description: string;
}

/** The page docs/settings.md as it is, and as Pulumi.yaml says it should be. */
export function settingsPage(): { current: string; generated: string } {
    const current = fs.readFileSync(page, "utf8");
    const from = current.indexOf(begin) + begin.length;
    const to = current.indexOf(end);
    const manifest = parse(fs.readFileSync(path.join(checkout, "Pulumi.yaml"), "utf8")) as {
        config: Record<string, Declaration>;
    };
    return { current, generated: current.slice(0, from) + table(manifest.config) + current.slice(to) };
}

function table(settings: Record<string, Declaration>): string {
    const rows = Object.entries(settings).map(([key, { type, description, ...rest }]) => {
        const [, roles = "all", text = description] = /^Roles? ([^:]+): (.*)$/s.exec(description) ?? [];
        return `| \`${key}\` | ${roles} | ${type} | ${shown(rest.default)} | ${text} |`;
    });
    const head = ["| Setting | Roles | Type | Default | What it does |", "|---|---|---|---|---|"];
    return `\n${[...head, ...rows].join("\n")}\n\n`;
}

/** Pulumi asks for a default of every optional setting, so an empty text or list stands for none. */
function shown(value: Declaration["default"]): string {
    const text = String(value ?? "");
    return text === "" ? "" : `\`${text}\``;
}

if (require.main === module) {
    fs.writeFileSync(page, settingsPage().generated);
}
