import { ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import * as fs from "node:fs/promises";
import * as os from "node:os";
import * as path from "node:path";
import { createInterface } from "node:readline";
import * as grpc from "@grpc/grpc-js";
import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { ErrorResourceInitFailed } from "@pulumi/pulumi/proto/provider_pb";
import { Status } from "@pulumi/pulumi/proto/status_pb";
import { Message } from "google-protobuf";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { installPlugin } from "../../local/plugins/install";
import { fromMessage, toMessage } from "./messages";
import { Answer, Json } from "./replay";

/** A stand-in, bundled, installed and started as the engine starts it, with an engine that keeps its messages. */
export class PluginProcess {
    private readonly definition: grpc.ServiceDefinition;

    private constructor(
        name: string,
        /** Its own folder, which is removed with it. */
        readonly dir: string,
        readonly process: ChildProcess,
        private readonly client: grpc.Client,
        private readonly engine: grpc.Server,
        /** What it reported to the engine, as `severity: message`. */
        readonly messages: string[],
    ) {
        this.definition = name === "nodejs" ? LanguageRuntimeService : ResourceProviderService;
    }

    /** @param name the stand-in's folder: `nodejs`, `tls`, `command` or `kubernetes`. */
    static async start(name: string, env: NodeJS.ProcessEnv = {}): Promise<PluginProcess> {
        const dir = await fs.mkdtemp(path.join(os.tmpdir(), `plugin-${name}-`));
        const executable = path.join(dir, `plugin-${name}`);
        await installPlugin(name, executable);
        const engine = new grpc.Server();
        const messages: string[] = [];
        engine.addService(EngineService, { log: keep(messages) });
        const enginePort = await listen(engine);
        const child = spawn(executable, [`127.0.0.1:${enginePort}`], {
            stdio: ["ignore", "pipe", "inherit"],
            env: { ...process.env, ...env },
        });
        const [port] = (await once(createInterface(child.stdout), "line")) as [string];
        const client = new grpc.Client(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
        return new PluginProcess(name, dir, child, client, engine, messages);
    }

    /** Calls a method by its name in the proto, such as `CheckConfig`. */
    async call(methodName: string, request: Json): Promise<Answer> {
        const method = this.method(methodName);
        const message = toMessage(method.requestType, request);
        return new Promise((resolve) =>
            this.client.makeUnaryRequest(
                method.path,
                method.requestSerialize,
                method.responseDeserialize,
                message,
                (error, response) =>
                    resolve(error ? failure(error) : { response: fromMessage(response as Message) }),
            ),
        );
    }

    /** Calls a method that answers with a stream. */
    async stream(methodName: string, request: Json): Promise<{ messages: Message[]; error?: string }> {
        const method = this.method(methodName);
        const call = this.client.makeServerStreamRequest(
            method.path,
            method.requestSerialize,
            method.responseDeserialize,
            toMessage(method.requestType, request),
        );
        const messages: Message[] = [];
        call.on("data", (message: Message) => messages.push(message));
        return new Promise((resolve) => {
            call.on("end", () => resolve({ messages }));
            call.on("error", (error: grpc.ServiceError) => resolve({ messages, error: error.details }));
        });
    }

    async stop(): Promise<void> {
        this.client.close();
        this.engine.forceShutdown();
        if (this.process.exitCode === null && this.process.kill("SIGINT")) {
            await once(this.process, "exit");
        }
        await fs.rm(this.dir, { recursive: true });
    }

    private method(name: string): Method {
        const key = name.charAt(0).toLowerCase() + name.slice(1);
        return this.definition[key] as unknown as Method;
    }
}

type Method = grpc.MethodDefinition<Message, Message> & { requestType: new () => Message };

function keep(messages: string[]): grpc.handleUnaryCall<LogRequest, Empty> {
    const severities = Object.entries(LogSeverity);
    return ({ request }, callback) => {
        const severity = severities.find(([, value]) => value === request.getSeverity())![0];
        messages.push(`${severity.toLowerCase()}: ${request.getMessage()}`);
        callback(null, new Empty());
    };
}

function failure(error: grpc.ServiceError): Answer {
    const [details] = error.metadata.get("grpc-status-details-bin");
    if (!details) {
        return { error: error.details };
    }
    const [any] = Status.deserializeBinary(details as Buffer).getDetailsList();
    const initFailed = ErrorResourceInitFailed.deserializeBinary(any!.getValue_asU8());
    return { error: error.details, initFailed: fromMessage(initFailed) };
}

/** Starts a server on a free port of the loopback interface. */
export async function listen(server: grpc.Server): Promise<number> {
    return new Promise((resolve, reject) =>
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
            error ? reject(error) : resolve(port),
        ),
    );
}
