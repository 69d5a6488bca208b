import assert from "node:assert/strict";
import { findFaults, UnsupportedMachineError, type Machine } from "../../../local/toolchain/machine";

describe("The machine that is to run the local clusters", () => {
    const machine: Machine = {
        platform: "linux",
        arch: "x64",
        uid: 0,
        goVersion: "go1.26.8",
        hasAptGet: true,
        system: { found: {}, missing: [], packages: [] },
    };
    const faults = (changes: Partial<Machine>) => findFaults({ ...machine, ...changes });
    const lacking = { found: {}, missing: ["etcd", "ctr"], packages: ["etcd-server", "containerd"] };

    it("has no faults when it is Linux with root and Go", () => {
        assert.deepEqual(faults({}), []);
        assert.deepEqual(faults({ arch: "arm64", goVersion: "go1.27rc1", hasAptGet: false }), []);
    });

    it("may lack commands that apt-get installs", () => {
        assert.deepEqual(faults({ system: lacking }), []);
    });

    it("gets all its faults reported at once, each with what to do", () => {
        const found = faults({
            arch: "ppc64",
            uid: 1000,
            goVersion: undefined,
            hasAptGet: false,
            system: lacking,
        });
        assert.deepEqual(found, [
            "its processor is ppc64: they need x64 or arm64",
            'the user is not root, who alone can make network namespaces: try sudo env "PATH=$PATH" npm start',
            "Go is not on PATH: install Go 1.26 or newer (https://go.dev/doc/install)",
            "it lacks etcd, ctr, and has no apt-get to install them: install what Debian calls etcd-server, containerd",
        ]);
    });

    it("needs Go 1.26", () => {
        const tooOld = [
            "its Go is too old (go1.25.9): install Go 1.26 or newer (https://go.dev/doc/install)",
        ];
        assert.deepEqual(faults({ goVersion: "go1.25.9" }), tooOld);
        assert.deepEqual(faults({ goVersion: "go1.26.0" }), []);
    });

    it("gets nothing but its system reported if that is not Linux", () => {
        const found = faults({
            platform: "darwin",
            uid: 501,
            goVersion: undefined,
            hasAptGet: false,
            system: lacking,
        });
        assert.deepEqual(found, ["it runs darwin: they need Linux"]);
    });

    it("is pointed to what to use instead", () => {
        const error = new UnsupportedMachineError(["it runs darwin: they need Linux", "another fault"]);
        assert.equal(
            error.message,
            "The local clusters cannot run on this machine:\n" +
                "  - it runs darwin: they need Linux\n" +
                "  - another fault\n" +
                'To use clusters of your own instead, see "Your own clusters" in README.md.',
        );
    });
});
