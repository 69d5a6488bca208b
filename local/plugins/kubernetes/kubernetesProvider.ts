import * as rpc from "../provider";
import { check } from "./check";
import { readConfig } from "./config";
import { create } from "./create";
import { remove } from "./delete";
import { diff } from "./diff";
import { diffConfig } from "./providerDiff";
import { read } from "./read";
import { Session } from "./session";
import { update } from "./update";

/** The stand-in for Pulumi's kubernetes provider, as far as this project uses it. */
export class KubernetesProvider implements rpc.ResourceProvider {
    private readonly cancellation = new AbortController();
    private configured?: Session;

    constructor(
        readonly version: string,
        private readonly log: rpc.EngineLog,
    ) {}

    checkConfig({ news }: rpc.CheckRequest): rpc.CheckResponse {
        if (!news["renderYamlToDirectory"]) {
            return { inputs: news };
        }
        const reason = '"renderYamlToDirectory" needs the official Pulumi kubernetes provider';
        return { inputs: news, failures: [{ property: "renderYamlToDirectory", reason }] };
    }

    diffConfig(request: rpc.DiffRequest): rpc.DiffResponse {
        return diffConfig(request);
    }

    configure({ variables }: rpc.ConfigureRequest): rpc.ConfigureResponse {
        const userAgent = `pulumi-kubernetes/${this.version}`;
        this.configured = new Session(readConfig(variables), this.log, userAgent, this.cancellation.signal);
        return { acceptSecrets: true, supportsPreview: true, supportsAutonamingConfiguration: true };
    }

    check(request: rpc.CheckRequest): Promise<rpc.CheckResponse> {
        return check(this.session, request);
    }

    diff(request: rpc.DiffRequest): Promise<rpc.DiffResponse> {
        return diff(this.session, request);
    }

    create(request: rpc.CreateRequest): Promise<rpc.CreateResponse> {
        return create(this.session, request);
    }

    read(request: rpc.ReadRequest): Promise<rpc.ReadResponse> {
        return read(this.session, request);
    }

    update(request: rpc.UpdateRequest): Promise<rpc.UpdateResponse> {
        return update(this.session, request);
    }

    delete(request: rpc.DeleteRequest): Promise<void> {
        return remove(this.session, request);
    }

    cancel(): void {
        this.cancellation.abort();
    }

    private get session(): Session {
        if (!this.configured) {
            throw new Error("the provider is not configured");
        }
        return this.configured;
    }
}
