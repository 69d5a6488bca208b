/** When a soak with a limit (SOAK_MINUTES, from now) starts no other case. */
const deadline = Date.now() + Number(process.env["SOAK_MINUTES"] ?? Infinity) * 60_000;

/** Leaves a case to a later run if the time of this one is over; mocha then counts it as pending. */
export function whileThereIsTime(context: Mocha.Context): void {
    if (Date.now() > deadline) {
        context.skip();
    }
}
