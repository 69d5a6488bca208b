import { MockMonitor, Mocks } from "@pulumi/pulumi/runtime/mocks";

/** A resource as the program registered it. */
export interface Registered {
    type: string;
    name: string;
    parent: string;
    /** `type name` of what it waits for. */
    dependencies: string[];
    /** As sent to the engine: secrets are wrapped. */
    inputs: Record<string, unknown>;
    options: RegisteredOptions;
}

/** The resource options that decide what is deleted, replaced and kept, as sent to the engine. */
export interface RegisteredOptions {
    protect: boolean;
    retainOnDelete: boolean;
    ignoreChanges: string[];
    /** `type name`, of the provider too; empty if there is none. */
    deletedWith: string;
    provider: string;
}

/** Pulumi's mock of the engine, which also keeps what its mocks are not given: the options of resources. */
export class RecordingMonitor extends MockMonitor {
    readonly registered: Registered[] = [];

    /** @param onRegister - called with each resource's name and type */
    constructor(
        mocks: Mocks,
        private readonly onRegister: (name: string, type: string) => void = () => undefined,
    ) {
        super(mocks);
    }

    override registerResource(request: RegisterRequest, callback: never): Promise<void> {
        this.onRegister(request.getName(), request.getType());
        this.registered.push({
            type: request.getType(),
            name: request.getName(),
            parent: shortName(request.getParent()),
            dependencies: request.getDependenciesList().map(shortName),
            inputs: request.getObject().toJavaScript(),
            options: {
                protect: request.getProtect(),
                retainOnDelete: request.getRetainondelete(),
                ignoreChanges: request.getIgnorechangesList(),
                deletedWith: shortName(request.getDeletedwith()),
                provider: shortName(request.getProvider()),
            },
        });
        return super.registerResource(request, callback);
    }
}

interface RegisterRequest {
    getType(): string;
    getName(): string;
    getParent(): string;
    getDependenciesList(): string[];
    getObject(): { toJavaScript(): Record<string, unknown> };
    getProtect(): boolean;
    getRetainondelete(): boolean;
    getIgnorechangesList(): string[];
    getDeletedwith(): string;
    getProvider(): string;
}

/** `type name` of a URN; empty for none. */
function shortName(urn: string): string {
    if (urn === "") {
        return "";
    }
    const [, , types, name] = urn.split("::");
    return `${types?.split("$").at(-1)} ${name}`;
}
