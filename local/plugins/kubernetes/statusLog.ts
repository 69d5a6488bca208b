import { EngineLog, LogSeverity } from "../provider";

/** The status line of one resource while something is under way; a message is not repeated. */
export class StatusLog {
    private last = "";

    constructor(
        private readonly log: EngineLog,
        private readonly urn: string,
    ) {}

    show(severity: LogSeverity, message: string): void {
        if (message !== this.last) {
            this.last = message;
            void this.log.log(severity, message, this.urn, { ephemeral: true });
        }
    }

    clear(): void {
        this.show("info", "");
    }
}
