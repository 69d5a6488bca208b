import * as path from "node:path";
import { execa } from "execa";
import { projectDir, typescript } from "../local/paths";

/** How openssl makes a root's key, or finds it. */
export const opensslKeys = {
    p256: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"],
    p384: ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-384"],
    rsa: ["-newkey", "rsa:2048"],
};

/** A root CA that openssl makes in a folder: <name>.pem, and <name>-key.pem if the key is a new one. */
export async function opensslRoot(
    dir: string,
    name: string,
    { key = opensslKeys.p256, days = 3650, env = {} }: RootOptions = {},
): Promise<void> {
    const extensions = [
        "basicConstraints=critical,CA:TRUE,pathlen:1",
        "keyUsage=critical,keyCertSign,cRLSign",
    ];
    const keyFile = key[0] === "-newkey" ? ["-nodes", "-keyout", `${name}-key.pem`] : [];
    const subject = ["-subj", `/O=Company/CN=${name}`, "-days", String(days), "-out", `${name}.pem`];
    const args = [...key, ...keyFile, ...subject, ...extensions.flatMap((each) => ["-addext", each])];
    await execa("openssl", ["req", "-x509", ...args], { cwd: dir, env });
}

interface RootOptions {
    /** Default: a new one, ECDSA P-256. */
    key?: string[];
    days?: number;
    env?: Record<string, string>;
}

/** Runs `npm run sign` in a folder, as on an offline machine. */
export async function sign(dir: string, args: string[], env: Record<string, string> = {}) {
    const program = ["--require", typescript, path.join(projectDir, "cli", "main.ts"), "sign"];
    const options = {
        cwd: dir,
        env: { ...env, NODE_PATH: path.join(projectDir, "node_modules") },
        reject: false,
        stripFinalNewline: false,
    };
    const { exitCode, stdout, stderr } = await execa(process.execPath, [...program, ...args], options);
    return { exitCode, stdout, stderr };
}
