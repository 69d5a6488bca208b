import * as fs from "node:fs";
import * as path from "node:path";
import { setFlagsFromString } from "node:v8";
import { brotliDecompressSync } from "node:zlib";
import { Memory, systemInterface } from "./systemInterface";

/** The part of WebAssembly that is used; TypeScript declares it for browsers only. */
const { Module, Instance } = (globalThis as unknown as { WebAssembly: WebAssemblyApi }).WebAssembly;

interface WebAssemblyApi {
    Module: new (binary: Buffer) => object;
    Instance: new (module: object, imports: object) => { exports: unknown };
}

interface Exports {
    memory: Memory;
    /** Prepares the program, once. */
    _initialize?(): void;
    /** Memory for a question of so many bytes: its address. */
    alloc(size: number): number;
    /** Answers the question: the address of the answer in the upper 32 bits, its length in the lower. */
    judge(): bigint;
}

/** A program in WebAssembly that answers questions in this process. It has no access to files, variables or arguments. */
export class WasmProgram {
    private exports: Exports | undefined;

    /** @param file - the program, compressed by Brotli; loaded with the first question at the latest */
    constructor(private readonly file: string) {}

    /** Loads it before the first question. */
    load(): Exports {
        return (this.exports ??= load(this.file));
    }

    ask(question: Buffer): Buffer {
        const program = this.load();
        const address = program.alloc(question.length);
        const { memory } = program;
        question.copy(Buffer.from(memory.buffer, address, question.length));
        const answer = program.judge();
        return Buffer.from(Buffer.from(memory.buffer, Number(answer >> 32n), Number(answer & 0xffff_ffffn)));
    }
}

function load(file: string): Exports {
    // By default V8 soon compiles hot functions again with its optimizing compiler, which costs five times as much as the verdict.
    // With this budget it does so only after seconds.
    setFlagsFromString("--wasm-tiering-budget=100000000");
    const system = systemInterface(() => exports.memory);
    const instance = new Instance(new Module(unpacked(file)), { wasi_snapshot_preview1: system });
    const exports = instance.exports as Exports;
    exports._initialize?.();
    return exports;
}

/** The program: next to a bundle it lies unpacked (program/bundle.cjs), which saves a quarter of its start. */
function unpacked(file: string): Buffer {
    const beside = path.join(path.dirname(module.filename), path.basename(file, packedExtension));
    return fs.existsSync(beside) ? fs.readFileSync(beside) : brotliDecompressSync(fs.readFileSync(file));
}

const packedExtension = ".br";
