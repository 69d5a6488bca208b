import { Injection } from "../components/injection";
import { WorkloadSettings } from "./meshSettings";
import { ConfigReader } from "./reader";

/** The workloads that the stack deploys, and how they get their proxies. */
export function readWorkloads(reader: ConfigReader): WorkloadSettings {
    return {
        samples: reader.flag("workloads", true),
        injection: reader.oneOf("injection", Object.values(Injection)) ?? Injection.Label,
        maxConnectionMinutes: reader.integer("maxConnectionMinutes", 0) ?? 0,
    };
}
