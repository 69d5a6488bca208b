import { version } from "@pulumi/command/package.json";
import { serveProvider } from "../serve";
import { CommandProvider } from "./provider";

void serveProvider((log) => new CommandProvider(version, log));
