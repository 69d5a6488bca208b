import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import type { data } from "@actions/expressions";
import { execa } from "execa";
import { parse } from "yaml";
import { projectDir } from "../../local/paths";

/** What a job has come to. */
interface Finished {
    result: "success" | "failure" | "skipped";
    outputs: Record<string, string>;
}

interface Step {
    id?: string;
    if?: string;
    run?: string;
    env?: Record<string, string>;
}

interface Job {
    if?: string;
    needs?: string | string[];
    uses?: string;
    with?: Record<string, string>;
    env?: Record<string, string>;
    outputs?: Record<string, string>;
    strategy?: { "fail-fast"?: boolean; matrix: Record<string, unknown> };
    steps?: Step[];
}

/** The package has an entry for `import` alone, and the tests' modules are CommonJS. */
const library = path.join(projectDir, "node_modules", "@actions", "expressions", "dist", "index.js");

type Values = Record<string, unknown>;

/** Where the steps of workflows run, and with what. */
interface Surroundings {
    /** Of the repository, on GitHub. */
    vars: Values;
    /** The folder of a step's command. Those of npm run in the checkout. */
    dir: string;
    env: Record<string, string>;
}

/**
 * Runs workflows of this repository as GitHub does, as far as they use it: jobs one by one, in the order in which they need each
 * other, matrices, called workflows, conditions, and the commands of steps, in bash. What prepares the machine is left out: actions of
 * others, and `npm ci`. Expressions are evaluated by GitHub's own library.
 */
export class WorkflowRun {
    /** The first line of each step's command that has run, with the stack that it was for. */
    readonly done: string[] = [];
    /** What those have printed that failed. */
    readonly failed: string[] = [];
    private runs = 0;

    private constructor(
        private readonly expressions: typeof import("@actions/expressions"),
        private readonly surroundings: Surroundings,
    ) {}

    static async in(surroundings: Surroundings): Promise<WorkflowRun> {
        const expressions = (await import(library)) as typeof import("@actions/expressions");
        return new WorkflowRun(expressions, surroundings);
    }

    /**
     * @param given - the results of jobs that do not run
     * @returns the result of each job
     */
    async of(
        name: string,
        inputs: Values = {},
        given: Record<string, Finished> = {},
    ): Promise<Record<string, Finished>> {
        this.runs++;
        const text = fs.readFileSync(path.join(projectDir, ".github", "workflows", name), "utf8");
        const { jobs } = parse(text) as { jobs: Record<string, Job> };
        const finished: Record<string, Finished> = {};
        for (const [id, job] of Object.entries(jobs)) {
            const needs = neededBy(job, finished);
            const before = ancestors(id, jobs).map((each) => finished[each]!.result);
            finished[id] = given[id] ?? (await this.job(job, { inputs, needs }, before));
        }
        return finished;
    }

    /** @param before - the results of the jobs that it depends on, directly or not: all of them count */
    private async job(job: Job, context: Values, before: Finished["result"][]): Promise<Finished> {
        if (!this.holds(job.if, context, before)) {
            return { result: "skipped", outputs: {} };
        }
        const [[key, values] = ["none", [undefined]]] = Object.entries(job.strategy?.matrix ?? {});
        const all = typeof values === "string" ? this.filledIn(values, context) : values;
        const results: Finished[] = [];
        for (const value of all as unknown[]) {
            const stops = job.strategy?.["fail-fast"] ?? true;
            if (!(stops && results.some(({ result }) => result === "failure"))) {
                results.push(await this.single(job, { ...context, matrix: { [key]: value } }));
            }
        }
        return results.find(({ result }) => result === "failure") ?? results.at(-1)!;
    }

    private async single({ uses, with: given = {}, ...job }: Job, context: Values): Promise<Finished> {
        if (uses !== undefined) {
            const inputs = Object.entries(given).map(([key, value]) => [key, this.filledIn(value, context)]);
            const jobs = await this.of(path.basename(uses), Object.fromEntries(inputs) as Values);
            const failed = Object.values(jobs).some(({ result }) => result === "failure");
            return { result: failed ? "failure" : "success", outputs: {} };
        }
        const steps: Record<string, Finished> = {};
        for (const [index, step] of job.steps!.entries()) {
            const within = { ...context, steps };
            const before = Object.values(steps).map(({ result }) => result);
            if (step.run !== undefined && !prepares.test(step.run) && this.holds(step.if, within, before)) {
                steps[step.id ?? index] = await this.command(step.run, this.environment([job, step], within));
            }
        }
        const failed = Object.values(steps).some(({ result }) => result === "failure");
        const outputs = this.environment([{ env: job.outputs }], { ...context, steps });
        return { result: failed ? "failure" : "success", outputs };
    }

    private async command(script: string, env: Record<string, string>): Promise<Finished> {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "step-"));
        const files = Object.fromEntries(
            ["GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"].map((name) => [name, path.join(folder, name)]),
        );
        try {
            Object.values(files).forEach((file) => fs.writeFileSync(file, ""));
            const { exitCode, all } = await execa("bash", ["-e", "-c", script], {
                cwd: script.includes("npm run") ? projectDir : this.surroundings.dir,
                env: { ...this.surroundings.env, GITHUB_RUN_ID: String(this.runs), ...env, ...files },
                all: true,
                reject: false,
            });
            this.done.push(
                `${script
                    .trim()
                    .split("\n")[0]!
                    .replace('"$STACK"', env["STACK"] ?? "")}`,
            );
            if (exitCode !== 0) {
                this.failed.push(all);
            }
            const written = fs.readFileSync(files["GITHUB_OUTPUT"]!, "utf8").trim().split("\n");
            const outputs = written.filter(Boolean).map((line) => /^([^=]+)=(.*)$/.exec(line)!.slice(1));
            return {
                result: exitCode === 0 ? "success" : "failure",
                outputs: Object.fromEntries(outputs) as Record<string, string>,
            };
        } finally {
            fs.rmSync(folder, { recursive: true });
        }
    }

    private environment(parts: { env?: Record<string, string> }[], context: Values): Record<string, string> {
        const all = parts.flatMap(({ env = {} }) => Object.entries(env));
        return Object.fromEntries(all.map(([key, value]) => [key, text(this.filledIn(value, context))]));
    }

    /** Without a question for the status, a condition holds only if nothing before has failed or was skipped. */
    private holds(condition = "success()", context: Values, before: Finished["result"][]): boolean {
        const [, text = condition] = whole.exec(condition) ?? [];
        const asks = /\b(success|failure|cancelled|always)\(/.test(text);
        return Boolean(this.value(asks ? text : `success() && (${text})`, context, before));
    }

    /** A text with its expressions replaced; the value, if it is one expression. */
    private filledIn(template: string, context: Values): unknown {
        const [, only] = whole.exec(template) ?? [];
        return only === undefined
            ? template.replace(/\$\{\{(.*?)\}\}/g, (_, part: string) => text(this.value(part, context)))
            : this.value(only, context);
    }

    private value(text: string, context: Values, before: Finished["result"][] = []): unknown {
        const { data, Evaluator, Lexer, Parser } = this.expressions;
        const { vars } = this.surroundings;
        const github = { token: "token of the job" };
        const known = { vars, github, secrets: {}, needs: {}, steps: {}, matrix: {}, ...context };
        const functions = {
            success: () => before.every((result) => result === "success"),
            failure: () => before.includes("failure"),
            cancelled: () => false,
            hashFiles: () => "",
        };
        const call = (answer: () => string | boolean) => (): data.ExpressionData => {
            const found = answer();
            return typeof found === "string" ? new data.StringData(found) : new data.BooleanData(found);
        };
        const defined = Object.entries(functions).map(([name, answer]) => ({
            ...{ name, minArgs: 0, maxArgs: 1, call: call(answer) },
        }));
        const parsed = new Parser(new Lexer(text.trim()).lex().tokens, Object.keys(known), defined).parse();
        const values = JSON.parse(JSON.stringify(known), data.reviver) as data.Dictionary;
        const named = new Map(defined.map((each) => [each.name.toLowerCase(), each]));
        const result = new Evaluator(parsed, values, named).evaluate();
        return JSON.parse(JSON.stringify(result, data.replacer)) as unknown;
    }
}

/** What prepares a machine, as this one is already. */
const prepares = /^npm ci\b/;

/** A text that is one expression. */
const whole = /^\s*\$\{\{((?:(?!\}\}).)*)\}\}\s*$/s;

function ancestors(id: string, jobs: Record<string, Job>): string[] {
    return [jobs[id]!.needs ?? []].flat().flatMap((each) => [each, ...ancestors(each, jobs)]);
}

function neededBy({ needs = [] }: Job, finished: Record<string, Finished>): Record<string, Finished> {
    return Object.fromEntries([needs].flat().map((name) => [name, finished[name]!]));
}

/** As an expression is written into a text. */
function text(value: unknown): string {
    return typeof value === "string" ? value : value === null ? "" : JSON.stringify(value);
}
