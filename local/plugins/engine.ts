import * as grpc from "@grpc/grpc-js";
import { EngineClient } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity as Severity } from "@pulumi/pulumi/proto/engine_pb";
import { EngineLog, LogOptions, LogSeverity } from "./provider";

/** The engine's own service, as a plugin sees it. Without an address messages are dropped. */
export class Engine implements EngineLog {
    private client?: EngineClient;

    constructor(address?: string) {
        if (address) {
            this.attach(address);
        }
    }

    /**
     * Calls back once when the engine is gone, for example because it was killed: it could not end its plugins, so they have
     * to end themselves and what they run.
     */
    async gone(): Promise<void> {
        const { client } = this;
        if (!client) {
            return new Promise(() => undefined);
        }
        const channel = client.getChannel();
        while (await isReady(client)) {
            await new Promise((resolve) =>
                channel.watchConnectivityState(grpc.connectivityState.READY, Infinity, resolve),
            );
        }
    }

    /** Sends what follows to the engine at this address. */
    attach(address: string): void {
        this.client?.close();
        this.client = new EngineClient(address, grpc.credentials.createInsecure());
    }

    /** A message that cannot be delivered is dropped: the engine is gone. */
    async log(severity: LogSeverity, message: string, urn = "", options: LogOptions = {}): Promise<void> {
        const request = new LogRequest()
            .setSeverity(severities[severity])
            .setMessage(message)
            .setUrn(urn)
            .setEphemeral(options.ephemeral ?? false)
            .setStreamid(options.streamId ?? 0);
        await new Promise<void>((resolve) => {
            if (!this.client) {
                return resolve();
            }
            this.client.log(request, () => resolve());
        });
    }
}

/** Whether the engine answers, or does so again within a moment. */
function isReady(client: EngineClient): Promise<boolean> {
    return new Promise((resolve) => client.waitForReady(Date.now() + 2_000, (error) => resolve(!error)));
}

const severities: Record<LogSeverity, Severity> = {
    debug: Severity.DEBUG,
    info: Severity.INFO,
    warning: Severity.WARNING,
    error: Severity.ERROR,
};
