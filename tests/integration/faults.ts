import * as assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";
import { execa } from "execa";
import { Project } from "../../operations/project/project";
import { Cluster } from "../../local/clusters/cluster";
import { Daemon } from "../../local/clusters/daemon";
import { projectDir, typescript } from "../../local/paths";
import { clusterStart, kubectl, Outcome, pulumi } from "./fixture";
import { failure, Fault, Operation, strikeAt } from "./fault";
import { cacertsChange } from "./following";
import { killTree, pilotAgent } from "./processes";

/** For {@link killed}: `npm run up`. */
export const upOfAll = 'require("./operations/up").up(project, project.stacks())';

/**
 * What a request fails by when its API server is killed, away or just starting, in the words of Go's and Node.js' clients and
 * of kubectl.
 */
export const apiServerErrors =
    /connection refused|connection reset|ECONNREFUSED|ECONNRESET|EPIPE|socket hang up|socket disconnected|\bEOF\b|client connection lost|TLS handshake timeout|i\/o timeout|The connection to the server \S+ was refused|unable to handle the request|\(re\)initializing/;

/** The API server of a local cluster is away for 20 seconds. */
export async function apiServerAway(cluster: string): Promise<Fault> {
    const start = await clusterStart([cluster]);
    const strike = async () => {
        killApiServer(cluster);
        await delay(20_000);
        await start();
    };
    return { strike, causes: apiServerErrors };
}

/** Ends the API server of a local cluster, which `clusterStart` starts again. */
export function killApiServer(cluster: string): void {
    process.kill(new Daemon(Cluster.find(cluster)!, "kube-apiserver").pid!, "SIGKILL");
}

/** istiod is replaced by another. The old one serves until the new one is ready, so no operation fails. */
export function istiodRestart(context: string): Fault {
    const istiod = ["deployment/istiod", "-n", "istio-system"];
    const strike = async () => {
        await kubectl(context, "rollout", "restart", ...istiod);
        await kubectl(context, "rollout", "status", ...istiod);
    };
    return { strike };
}

/** An operation in the middle of which, when `cacerts` of a cluster has changed, a fault strikes. */
export async function struck(operation: Operation, context: string, fault: Fault): Promise<void> {
    const error = await strikeAt(cacertsChange(context), fault, operation);
    if (error !== undefined) {
        console.log(`failed because of the planted fault, and was repeated: ${error}`);
    }
}

/** One step of an operation that asks before each. Returns which it was, and when it was agreed to. */
export async function struckStep(
    operation: (options: { ask: (question: string) => Promise<boolean> }) => Promise<unknown>,
    context: string,
    fault: Fault,
): Promise<{ title: string; start: number }> {
    let step: { title: string; start: number } | undefined;
    const ask = (question: string) => {
        const [, title] = /: (.*)\. Continue/.exec(question)!;
        step ??= { title: title!, start: Date.now() };
        // A step that failed in the middle is asked for again.
        return Promise.resolve(title === step.title);
    };
    await struck(() => operation({ ask }), context, fault);
    return step!;
}

/**
 * An operation that is killed in the middle, when `cacerts` of a cluster has changed; the next one says which stacks are
 * locked, and the one after that is left to whoever calls this.
 *
 * @param statement - the operation for a process of its own, in which `project` is the project
 */
export async function killed(
    project: Project,
    statement: string,
    context: string,
    operation: Operation,
): Promise<void> {
    const program = `const project = new (require("./operations/project/project").Project)(process.argv[1]); ${statement}`;
    const args = ["--require", typescript, "--eval", program, project.dir];
    const child = execa(process.execPath, args, { cwd: projectDir, reject: false });
    await cacertsChange(context);
    killTree(child.pid!);
    await child;
    const error = await failure(operation);
    const locked = [...(error ?? "").matchAll(/`pulumi cancel --stack (\S+)`/g)].map(([, name]) => name!);
    assert.ok(locked.length > 0, error);
    for (const name of locked) {
        await pulumi(project, name, "cancel", "--yes");
    }
}

/** Runs one of the project's commands as somebody whose input has ended. */
export async function withoutInput(project: Project, command: string, ...args: string[]): Promise<Outcome> {
    const program = ["--require", typescript, "cli/main.ts", command, ...args];
    const { exitCode, all } = await execa(process.execPath, [...program, "--project", project.dir], {
        cwd: projectDir,
        stdin: "ignore",
        all: true,
        reject: false,
    });
    return { exitCode: exitCode ?? -1, output: all };
}

/** What an operation failed by, in one line, while httpbin's pilot-agent was stopped, so that its proxy could not pick up the CA. */
export async function heldBack(context: string, operation: Operation): Promise<string> {
    const agent = await pilotAgent(context, "httpbin");
    process.kill(agent, "SIGSTOP");
    try {
        return ((await failure(operation)) ?? "").replace(/\s+/g, " ");
    } finally {
        process.kill(agent, "SIGCONT");
    }
}
