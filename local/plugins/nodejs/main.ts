import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { Engine } from "../engine";
import { engineAddress, serve } from "../serve";
import { languageHost } from "./host";

void main();

async function main(): Promise<never> {
    const address = engineAddress(process.argv.slice(2));
    await serve(LanguageRuntimeService, languageHost(version, address));
    await new Engine(address).gone();
    process.exit(1);
}
