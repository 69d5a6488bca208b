import * as assert from "node:assert/strict";
import { execa } from "execa";
import { projectDir, typescript } from "../../../local/paths";

describe("A program in WebAssembly", () => {
    /** What a process says that asks for a verdict after this was run. */
    async function asking(before: string) {
        const script = `${before}
            const { askIstiod } = require("./pki/verdict/istiod");
            const file = { name: "a", text: "" };
            const ca = { caCert: file, caKey: file, certChain: file, rootCert: file, crl: file };
            console.log(askIstiod({ ca, now: new Date(), trustDomain: "cluster.local" }).verdict.step);`;
        const args = ["--require", typescript, "--eval", script];
        return execa(process.execPath, args, { cwd: projectDir, reject: false });
    }

    it("answers without a warning, which its user would see", async () => {
        const { stdout, stderr } = await asking("");
        assert.equal(stdout, "parse");
        assert.equal(stderr, "");
    });

    it("runs where Node.js has no WASI, whose functions end a process now and then", async () => {
        const { stdout, stderr } = await asking(`
            const { Module } = require("node:module");
            const load = Module._load;
            Module._load = (name, ...rest) => {
                if (name === "node:wasi") throw new Error("No such built-in module: node:wasi");
                return load(name, ...rest);
            };`);
        assert.deepEqual([stdout, stderr], ["parse", ""]);
    });
});
