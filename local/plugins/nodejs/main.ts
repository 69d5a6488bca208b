import { version } from "@pulumi/pulumi/package.json";
import { LanguageRuntimeService } from "@pulumi/pulumi/proto/language_grpc_pb";
import { engineAddress, serve } from "../serve";
import { languageHost } from "./host";

void serve(LanguageRuntimeService, languageHost(version, engineAddress(process.argv.slice(2))));
