import { DetailedError, message } from "../operations/errors";
import { ExitStatus } from "./exitStatus";

/** Runs what a command does; the process exits with its status, or with {@link ExitStatus.failed} and the error's message alone. */
export async function runCommand(run: () => Promise<number | void>): Promise<void> {
    try {
        process.exitCode = (await run()) ?? ExitStatus.done;
    } catch (error) {
        console.error(error instanceof DetailedError ? error.details : message(error));
        process.exitCode = ExitStatus.failed;
    }
}
