import * as fs from "node:fs";
import * as path from "node:path";
import { projectDir, toolchainDir } from "../../paths";
import { definePart, type Part } from "../part";
import { boringssl, buildEnvoy, ziglang } from "./envoyVerdict";
import { buildIstiod, goVersion } from "./istiodVerdict";

/** The programs by which CAs are judged: each has a folder of sources; what is built from them lies next to it, compressed. */
export type VerdictProgram = "istiod" | "envoy";

const verdictDir = path.join(projectDir, "pki", "verdict");

/** The program that a checkout and the package hold, compressed by Brotli. */
export function artefact(program: VerdictProgram): string {
    return path.join(verdictDir, `${program}.wasm.br`);
}

/** A program, built from its sources: `<folder>/program.wasm`, the same bytes on every machine. */
export function verdictPart(program: VerdictProgram): Part {
    const source = path.join(verdictDir, program);
    const sources = fs.globSync("*.{go,mod,cc}", { cwd: source }).sort();
    const { inputs, more, build, expected } =
        program === "istiod"
            ? { inputs: [goVersion(source)], more: [], build: buildIstiod, expected: "20 seconds" }
            : {
                  inputs: [JSON.stringify(boringssl)],
                  more: [ziglang],
                  build: buildEnvoy,
                  expected: "2 minutes",
              };
    return definePart({
        directory: toolchainDir,
        name: `verdict-${program}`,
        title: `the verdict of ${program} as WebAssembly`,
        expected,
        inputs,
        sources: [...sources.map((file) => path.join(source, file)), ...more],
        build: (folder) => build(source, path.join(folder, "program.wasm")),
    });
}
