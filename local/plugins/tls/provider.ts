import { secret } from "../properties";
import * as rpc from "../provider";
import { certRequest } from "./certRequest";
import { locallySignedCert } from "./locallySignedCert";
import { privateKey } from "./privateKey";
import { isReadyForRenewal, renewalIsDue } from "./renewal";
import { ResourceType } from "./resourceType";
import { changed, outputs, plan, ResourceSchema, validate, withSecrets } from "./schema";
import { selfSignedCert } from "./selfSignedCert";

/** Answers as the official tls plugin does, for keys, requests and certificates. */
export class TlsProvider implements rpc.ResourceProvider {
    constructor(
        readonly version: string,
        private readonly log: rpc.EngineLog,
    ) {}

    handshake(): rpc.HandshakeResponse {
        throw new rpc.Unimplemented("Handshake is not yet implemented");
    }

    checkConfig({ news }: rpc.CheckRequest): rpc.CheckResponse {
        return { inputs: news };
    }

    diffConfig(): rpc.DiffResponse {
        return {};
    }

    configure(): rpc.ConfigureResponse {
        return { acceptResources: true, supportsAutonamingConfiguration: true, supportsPreview: true };
    }

    check({ type, name, news }: rpc.CheckRequest): rpc.CheckResponse {
        const resource = resourceType(type);
        return { inputs: secretInputs(resource, news), failures: validate(resource, name, news) };
    }

    diff({ type, olds, news }: rpc.DiffRequest): rpc.DiffResponse {
        const resource = resourceType(type);
        const planned = plan(resource, news, olds);
        const diffs = new Set(changed(resource, planned, olds));
        const replaces = new Set([...diffs].filter((name) => !resource.properties[name]?.updatable));
        if (diffs.size > 0 && resource.recomputed) {
            computed(resource).forEach((name) => diffs.add(name));
        }
        if ("readyForRenewal" in resource.properties && renewalIsDue(planned)) {
            diffs.add("readyForRenewal");
            replaces.add("readyForRenewal");
        }
        return diffs.size === 0
            ? { changes: "DIFF_NONE" }
            : { changes: "DIFF_SOME", diffs: [...diffs].sort(), replaces: [...replaces].sort() };
    }

    async create({ type, urn, properties, preview }: rpc.CreateRequest): Promise<rpc.CreateResponse> {
        const resource = resourceType(type);
        const planned = plan(resource, properties);
        if (preview) {
            return { properties: withSecrets(resource, planned) };
        }
        const created = await resource.create(planned, (message) => this.log.log("warning", message, urn));
        return { id: created.id, properties: outputs(resource, { ...planned, ...created }) };
    }

    read({ type, id, properties, inputs }: rpc.ReadRequest): rpc.ReadResponse {
        const resource = resourceType(type);
        const state = { ...properties };
        if ("readyForRenewal" in resource.properties) {
            state["readyForRenewal"] = isReadyForRenewal(state);
        }
        return { id, inputs: secretInputs(resource, inputs), properties: outputs(resource, state) };
    }

    update({ type, olds, news, preview }: rpc.UpdateRequest): rpc.UpdateResponse {
        const resource = resourceType(type);
        const planned = plan(resource, news, olds);
        return { properties: preview ? withSecrets(resource, planned) : outputs(resource, planned) };
    }

    delete(): void {
        // A key or a certificate exists in the state alone.
    }
}

const resourceTypes: Record<string, ResourceType> = {
    "tls:index/privateKey:PrivateKey": privateKey,
    "tls:index/certRequest:CertRequest": certRequest,
    "tls:index/selfSignedCert:SelfSignedCert": selfSignedCert,
    "tls:index/locallySignedCert:LocallySignedCert": locallySignedCert,
};

function resourceType(type: string): ResourceType {
    const found = resourceTypes[type];
    if (!found) {
        throw new Error(`the stand-in for the tls plugin has no resource ${type}; use the official plugin`);
    }
    return found;
}

function computed(resource: ResourceSchema): string[] {
    return Object.keys(resource.properties).filter((name) => !resource.properties[name]?.input);
}

/** Inputs are marked even if they are unknown. */
function secretInputs(resource: ResourceSchema, inputs: rpc.PropertyMap): rpc.PropertyMap {
    return Object.fromEntries(
        Object.entries(inputs).map(([name, value]) => [
            name,
            resource.properties[name]?.secret ? secret(value ?? null) : value,
        ]),
    );
}
