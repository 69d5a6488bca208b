import { DetailedError, message } from "../operations/errors";
import { ExitStatus } from "./exitStatus";
import { withTyped } from "./packaged";

/** Runs a command. The process exits with its status, or prints the error's message and exits with {@link ExitStatus.failed}. */
export async function runCommand(run: () => Promise<number | void>): Promise<void> {
    try {
        process.exitCode = (await run()) ?? ExitStatus.done;
    } catch (error) {
        console.error(withTyped(error instanceof DetailedError ? error.details : message(error)));
        process.exitCode = ExitStatus.failed;
    }
}
