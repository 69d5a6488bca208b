import * as fs from "node:fs";
import * as path from "node:path";
import { brotliCompressSync, constants } from "node:zlib";
import { ensurePart } from "../part";
import { artefact, verdictPart } from "./verdictPart";

/** Builds the programs by which CAs are judged and puts them beside their sources, compressed. */
async function main(): Promise<void> {
    for (const program of ["istiod", "envoy"] as const) {
        const part = verdictPart(program);
        await ensurePart(part);
        const wasm = fs.readFileSync(path.join(part.folder, "program.wasm"));
        const params = {
            [constants.BROTLI_PARAM_LGWIN]: constants.BROTLI_MAX_WINDOW_BITS,
            [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length,
        };
        fs.writeFileSync(artefact(program), brotliCompressSync(wasm, { params }));
    }
}

void main();
