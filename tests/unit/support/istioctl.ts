import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";

/** Runs with an istioctl on PATH that reports this version; for undefined, with an empty PATH. */
export async function withIstioctl<T>(version: string | undefined, run: () => Promise<T>): Promise<T> {
    const dir = fs.mkdtempSync(path.join(os.tmpdir(), "istioctl-"));
    const before = process.env["PATH"];
    if (version !== undefined) {
        const answer = JSON.stringify({ clientVersion: { version } });
        fs.writeFileSync(path.join(dir, "istioctl"), `#!/bin/sh\necho '${answer}'\n`, { mode: 0o755 });
    }
    process.env["PATH"] = version === undefined ? dir : `${dir}:${before}`;
    try {
        return await run();
    } finally {
        process.env["PATH"] = before;
        fs.rmSync(dir, { recursive: true });
    }
}
