import { Command } from "commander";
import { check } from "./check";
import { csr } from "./csr";
import { destroy } from "./destroy";
import { exportCa } from "./export";
import { migrate } from "./migrate";
import { review } from "./review";
import { rotate } from "./rotate";
import { sign } from "./sign";
import { status } from "./status";
import { up } from "./up";
import { verify } from "./verify";

const commands = [up, destroy, review, verify, status, rotate, migrate, check, csr, sign, exportCa];

/** The command line. Each npm script of a subcommand's name runs it. */
export const program = new Command("istio-plugin-ca")
    .description("Plug your own CA into every Istio cluster, and renew, rotate, revoke and verify it.")
    .addHelpText(
        "after",
        "\nEach is an npm script too: `npm run up -- cluster1`. Its examples and exit statuses: `npm run up -- --help`.",
    );
commands.forEach((command) => program.addCommand(command));

if (require.main === module) {
    void program.parseAsync();
}
