import * as fs from "node:fs";
import * as path from "node:path";
import { Command } from "commander";
import { check } from "./check";
import { completing, completion, withAnswers } from "./completion";
import { csr } from "./csr";
import { destroy } from "./destroy";
import { exitStatusLines } from "./exitStatus";
import { exportCa } from "./export";
import { fleet } from "./fleet";
import { migrate } from "./migrate";
import { packaged } from "./packaged";
import { report } from "./report";
import { review } from "./review";
import { rotate } from "./rotate";
import { sign } from "./sign";
import { status } from "./status";
import { up } from "./up";
import { verify } from "./verify";
import { waves } from "./waves";

const commands = [
    ...[up, destroy, review, report, verify, status, waves, rotate, migrate, check, csr, sign, exportCa],
    ...[fleet, completion],
];

const inCheckout =
    "\nEach command is an npm script too, such as `npm run up -- cluster1`. `npm run up -- --help` shows its examples and exit statuses.";
const inPackage = "\n`istio-plugin-ca check --help` shows a command's examples and exit statuses.";

const manifest = path.join(__dirname, packaged ? "../.." : "..", "package.json");
const { version } = JSON.parse(fs.readFileSync(manifest, "utf8")) as { version: string };

/** The command line. In a checkout each subcommand has an npm script of its name. */
export const program = new Command("istio-plugin-ca")
    .description("Plug your own CA into every Istio cluster, and renew, rotate, revoke and verify it.")
    .version(version, "-v, --version")
    .addHelpText(
        "after",
        `\nExit status:\n${exitStatusLines().join("\n")}\n${packaged ? inPackage : inCheckout}`,
    );
commands.forEach((command) => program.addCommand(command));

/** Runs what was typed. */
export async function run(): Promise<void> {
    const asked = process.argv[2] === completing;
    await (asked ? await withAnswers(program) : program).parseAsync();
}

if (require.main === module) {
    if (!packaged) {
        // Pulumi's automation API would load a TypeScript compiler and more, which takes longer than most commands.
        // eslint-disable-next-line @typescript-eslint/no-require-imports -- it is plain JavaScript, and not in the package
        (require("../program/deferred.cjs") as { deferSdk(): void }).deferSdk();
    }
    void run();
}
