import { Command } from "commander";
import { check } from "./check";
import { csr } from "./csr";
import { destroy } from "./destroy";
import { exportCa } from "./export";
import { migrate } from "./migrate";
import { report } from "./report";
import { review } from "./review";
import { rotate } from "./rotate";
import { sign } from "./sign";
import { status } from "./status";
import { up } from "./up";
import { verify } from "./verify";
import { waves } from "./waves";

const commands = [
    up,
    destroy,
    review,
    report,
    verify,
    status,
    waves,
    rotate,
    migrate,
    check,
    csr,
    sign,
    exportCa,
];

/** The command line. Each subcommand has an npm script of its name. */
export const program = new Command("istio-plugin-ca")
    .description("Plug your own CA into every Istio cluster, and renew, rotate, revoke and verify it.")
    .addHelpText(
        "after",
        "\nEach command is an npm script too, such as `npm run up -- cluster1`. `npm run up -- --help` shows its examples and exit statuses.",
    );
commands.forEach((command) => program.addCommand(command));

if (require.main === module) {
    void program.parseAsync();
}
