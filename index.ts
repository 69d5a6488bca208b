import { readSettings } from "./config";
import { withholdAnswers } from "./debugMessages";

withholdAnswers();

/** The program of this stack's role, and no other: what is not needed takes its time to load. */
export = async function program() {
    const settings = readSettings();
    switch (settings.role) {
        case "root":
            return (await import("./stacks/roles/root.ts")).rootProgram(settings);
        case "cluster":
            return (await import("./stacks/roles/cluster.ts")).clusterProgram(settings);
        case "ready":
            return (await import("./stacks/roles/ready.ts")).readyProgram(settings);
        case "mesh":
            return (await import("./stacks/roles/mesh.ts")).meshProgram(settings);
        case "standalone":
            return (await import("./stacks/roles/standalone.ts")).standaloneProgram(settings);
    }
};
