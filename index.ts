import { readSettings } from "./config";
import { clusterProgram } from "./stacks/cluster";
import { rootProgram } from "./stacks/root";
import { standaloneProgram } from "./stacks/standalone";

// The SDK takes a stack of calls per resource and maps each by source maps, a tenth of the time of a preview. Sucrase
// keeps every line where it was, so they are right without.
Reflect.deleteProperty(Error, "prepareStackTrace");

/** The program of this stack's role. */
export = function program() {
    const settings = readSettings();
    switch (settings.role) {
        case "root":
            return rootProgram(settings);
        case "cluster":
            return clusterProgram(settings);
        case "standalone":
            return standaloneProgram(settings);
    }
};
