import { randomBytes } from "node:crypto";
import { unknownValue } from "../properties";
import * as rpc from "../provider";
import { diffInputs } from "./diff";
import { CommandRunner } from "./run";

const goProviderVersion = "__pulumi-go-provider-version";

/** What a run adds to the inputs in the state. */
const outputNames = ["stdout", "stderr", "assets", "archive"];

/** Answers as the official command plugin does, for `local.Command`. */
export class CommandProvider implements rpc.ResourceProvider {
    private readonly runner: CommandRunner;

    constructor(
        readonly version: string,
        log: rpc.EngineLog,
    ) {
        this.runner = new CommandRunner(log);
    }

    handshake(): rpc.HandshakeResponse {
        return { acceptSecrets: true, acceptResources: true, acceptOutputs: true, acceptsByteString: true };
    }

    checkConfig({ news }: rpc.CheckRequest): rpc.CheckResponse {
        return { inputs: { ...news, [goProviderVersion]: "v1.5.0" } };
    }

    diffConfig(): rpc.DiffResponse {
        throw new rpc.Unimplemented("DiffConfig is not implemented");
    }

    configure(): rpc.ConfigureResponse {
        return { acceptSecrets: true, acceptResources: true, acceptOutputs: true, supportsPreview: true };
    }

    check({ type, news }: rpc.CheckRequest): rpc.CheckResponse {
        expectCommand(type);
        return { inputs: news };
    }

    diff({ type, olds, news }: rpc.DiffRequest): rpc.DiffResponse {
        expectCommand(type);
        const detailedDiff = diffInputs(withoutOutputs(olds), news);
        const diffs = [...new Set(Object.keys(detailedDiff).map((path) => path.split(/[.[]/)[0]!))];
        return {
            changes: diffs.length > 0 ? "DIFF_SOME" : "DIFF_NONE",
            diffs,
            detailedDiff,
            hasDetailedDiff: true,
        };
    }

    async create({ type, name, urn, properties, preview }: rpc.CreateRequest): Promise<rpc.CreateResponse> {
        expectCommand(type);
        const id = name + randomBytes(4).toString("hex");
        if (preview) {
            return { id, properties: { ...properties, stdout: unknownValue, stderr: unknownValue } };
        }
        return { id, properties: await this.runner.run(urn, properties["create"], properties, {}) };
    }

    read({ type, id, properties, inputs }: rpc.ReadRequest): rpc.ReadResponse {
        expectCommand(type);
        return { id, properties, inputs };
    }

    async update({ type, urn, olds, news, preview }: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
        expectCommand(type);
        const previous = onlyOutputs(olds);
        if (preview) {
            const unknowns = Object.keys(previous).map((name) => [name, unknownValue] as const);
            return { properties: { ...news, ...Object.fromEntries(unknowns) } };
        }
        return { properties: await this.runner.run(urn, news["update"] ?? news["create"], news, previous) };
    }

    /** Everything comes from the state: the command, its environment and the previous output. */
    async delete({ type, urn, properties }: rpc.DeleteRequest): Promise<void> {
        expectCommand(type);
        await this.runner.run(urn, properties["delete"], withoutOutputs(properties), onlyOutputs(properties));
    }

    cancel(): void {
        this.runner.cancel();
    }
}

function expectCommand(type: string): void {
    if (type !== "command:local:Command") {
        throw new Error(
            `the stand-in for the command plugin has no resource ${type}; use the official plugin`,
        );
    }
}

function onlyOutputs(state: rpc.PropertyMap): rpc.PropertyMap {
    return Object.fromEntries(Object.entries(state).filter(([name]) => outputNames.includes(name)));
}

function withoutOutputs(state: rpc.PropertyMap): rpc.PropertyMap {
    return Object.fromEntries(Object.entries(state).filter(([name]) => !outputNames.includes(name)));
}
