import { version } from "@pulumi/tls/package.json";
import { serveProvider } from "../serve";
import { TlsProvider } from "./provider";

void serveProvider((log) => new TlsProvider(version, log));
