import * as assert from "node:assert/strict";
import { Exclusions } from "../../../kube/exclusions";

describe("Exclusions", () => {
    const pod = (namespace: string, name: string, nodeName?: string) => ({
        metadata: { namespace, name },
        spec: { containers: [], nodeName },
    });

    it("match a whole name, or all pods of a node", () => {
        const exclusions = new Exclusions(["batch/*", "foo/db-*-x", "foo/a", "node/ip-10.*", "foo/z.z"]);
        const left = [
            [pod("batch", "any"), "batch/*"],
            [pod("batch-2", "any"), undefined],
            [pod("foo", "db-1-x"), "foo/db-*-x"],
            [pod("foo", "db-1-xy"), undefined],
            [pod("foo", "a"), "foo/a"],
            [pod("foo", "ab"), undefined],
            [pod("other", "a", "ip-10.0.0.1"), "node/ip-10.*"],
            [pod("foo", "zaz"), undefined],
        ] as const;
        for (const [each, expected] of left) {
            assert.equal(exclusions.of(each), expected, JSON.stringify(each));
        }
        assert.deepEqual(exclusions.idle(left.map(([each]) => each)), ["foo/z.z"]);
    });

    it("are refused if they are not names, or leave out everything", () => {
        for (const good of ["foo/bar", "foo/bar-*", "*/bar", "kube-*/x.y", "node/n1", "node/n*"]) {
            assert.equal(Exclusions.fault(good), undefined, good);
        }
        for (const bad of [
            "",
            "foo",
            "foo/",
            "/bar",
            "foo/bar/baz",
            "app=x",
            "Foo/Bar",
            "foo/(a+)+",
            "foo/a b",
        ]) {
            assert.match(Exclusions.fault(bad) ?? "", /^namespace\/pod or node\/name/, bad);
        }
        for (const all of ["*/*", "**/**", "node/*"]) {
            assert.match(Exclusions.fault(all) ?? "", /set verification to false/, all);
        }
    });
});
