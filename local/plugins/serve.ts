import { flushCompileCache } from "node:module";
import * as grpc from "@grpc/grpc-js";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { PluginInfo } from "@pulumi/pulumi/proto/plugin_pb";
import * as codec from "./codec";
import { Engine } from "./engine";
import { EngineLog, PartialFailure, ResourceProvider, Unimplemented } from "./provider";

/** The largest message that the engine sends or accepts. */
const messageLimits: grpc.ChannelOptions = {
    "grpc.max_receive_message_length": 400 * 1024 * 1024,
    "grpc.max_send_message_length": 400 * 1024 * 1024,
};

/**
 * Serves a resource provider as a Pulumi plugin: the engine starts the process with its own address as the argument,
 * reads the port from the first line of standard output and calls `pulumirpc.ResourceProvider` there. Without an
 * argument the plugin waits to be attached (`PULUMI_DEBUG_PROVIDERS`).
 */
export async function serveProvider(create: (log: EngineLog) => ResourceProvider): Promise<void> {
    const engine = new Engine(engineAddress(process.argv.slice(2)));
    const provider = create(engine);
    await serve(ResourceProviderService, providerService(provider, engine));
    await engine.gone();
    await provider.cancel?.();
    process.exit(1);
}

/** Serves a gRPC service on a free port of the loopback interface and prints the port. */
export async function serve(
    definition: grpc.ServiceDefinition,
    implementation: grpc.UntypedServiceImplementation,
): Promise<void> {
    const server = new grpc.Server(messageLimits);
    server.addService(definition, implementation);
    const port = await new Promise<number>((resolve, reject) =>
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) =>
            error ? reject(error) : resolve(bound),
        ),
    );
    process.stdout.write(`${port}\n`);
    // The engine ends plugins with a signal, at which Node.js would not keep what it has compiled.
    flushCompileCache();
}

/** The positional argument; the engine may put flags such as `-v=9 --logtostderr --tracing=…` before it. */
export function engineAddress(args: string[]): string | undefined {
    return args.find((argument) => !argument.startsWith("-"));
}

/** A unary handler from an asynchronous function. */
export function unary<Request, Response>(
    answer: (request: Request) => Promise<Response> | Response,
): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        void (async () => answer(call.request))().then(
            (response) => callback(null, response),
            (error: unknown) => callback(serviceError(error)),
        );
    };
}

/** A handler that answers with a stream of messages. */
export function streamed<Request, Response>(
    answer: (request: Request, send: (response: Response) => void) => Promise<void>,
): grpc.handleServerStreamingCall<Request, Response> {
    return (call) => {
        answer(call.request, (response) => call.write(response)).then(
            () => call.end(),
            (error: unknown) => call.emit("error", serviceError(error)),
        );
    };
}

function providerService(provider: ResourceProvider, engine: Engine): grpc.UntypedServiceImplementation {
    return {
        getPluginInfo: unary(() => new PluginInfo().setVersion(provider.version)),
        handshake: method("Handshake", codec.handshake, provider.handshake?.bind(provider)),
        checkConfig: method("CheckConfig", codec.check, provider.checkConfig?.bind(provider)),
        diffConfig: method("DiffConfig", codec.diff, provider.diffConfig?.bind(provider)),
        configure: method("Configure", codec.configure, provider.configure.bind(provider)),
        check: method("Check", codec.check, provider.check.bind(provider)),
        diff: method("Diff", codec.diff, provider.diff.bind(provider)),
        create: method("Create", codec.create, provider.create.bind(provider)),
        read: method("Read", codec.read, provider.read.bind(provider)),
        update: method("Update", codec.update, provider.update.bind(provider)),
        delete: method("Delete", codec.remove, provider.delete.bind(provider)),
        cancel: unary(async () => {
            await provider.cancel?.();
            return new Empty();
        }),
        attach: unary((request: { getAddress(): string }) => {
            engine.attach(request.getAddress());
            return new Empty();
        }),
    };
}

function method<Request, Response, RequestMessage, ResponseMessage>(
    name: string,
    { decode, encode }: codec.Codec<Request, Response, RequestMessage, ResponseMessage>,
    answer?: (request: Request) => Promise<Response> | Response,
): grpc.handleUnaryCall<RequestMessage, ResponseMessage> {
    return unary(async (request) => {
        if (!answer) {
            throw new Unimplemented(`method ${name} not implemented`);
        }
        return encode(await answer(decode(request)));
    });
}

function serviceError(error: unknown): Partial<grpc.ServiceError> {
    const message = error instanceof Error ? error.message : String(error);
    const code = error instanceof Unimplemented ? grpc.status.UNIMPLEMENTED : grpc.status.UNKNOWN;
    if (!(error instanceof PartialFailure)) {
        return { code, details: message };
    }
    const metadata = new grpc.Metadata();
    metadata.set("grpc-status-details-bin", Buffer.from(codec.initFailed(code, error).serializeBinary()));
    return { code, details: message, metadata };
}
