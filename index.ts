import { readSettings } from "./config";
import { clusterProgram } from "./stacks/cluster";
import { rootProgram } from "./stacks/root";
import { standaloneProgram } from "./stacks/standalone";

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
