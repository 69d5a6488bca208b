import * as fs from "node:fs";
import * as path from "node:path";
import { runLogged } from "../run";

/** Builds the program in Go, with the version that its go.mod names. */
export async function buildIstiod(source: string, output: string): Promise<void> {
    const flags = ["-trimpath", "-buildvcs=false", "-buildmode=c-shared", "-ldflags=-s -w"];
    await runLogged("go", ["build", ...flags, "-o", output, "."], {
        log: "verdict",
        cwd: source,
        env: {
            CGO_ENABLED: "0",
            GOOS: "wasip1",
            GOARCH: "wasm",
            GOEXPERIMENT: "",
            GOFLAGS: "-mod=readonly",
            GOTOOLCHAIN: `go${goVersion(source)}`,
            GOWASM: "",
            GOWORK: "off",
        },
    });
}

/** The version of Go that builds the program in a folder. */
export function goVersion(source: string): string {
    const goMod = fs.readFileSync(path.join(source, "go.mod"), "utf8");
    return /^go (\S+)$/m.exec(goMod)![1]!;
}
