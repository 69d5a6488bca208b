import assert from "node:assert/strict";
import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import { Outputs, StackPreview, told } from "../../review/preview";
import { markdown } from "../../review/markdown";
import { Operation, PublicState, Resource, types } from "../../review/resource";
import { reviewOf, StackReview } from "../../review/review";
import { publicFiles } from "../../pki/bundle";
import { certificateFacts, parseCertificates } from "../../pki/certificates";
import { profiles } from "../../pki/profile";
import { issued, newKey, pem, selfSigned } from "../pki";

/** A certificate of a CA's, signed by a new root; and what a stack exports of them. */
async function ca(root?: { keys: Awaited<ReturnType<typeof newKey>>; pem: string }) {
    const keys = root?.keys ?? (await newKey());
    const rootPem = root?.pem ?? (await selfSigned(keys));
    const certPem = await issued(await newKey(), { keys, pem: rootPem });
    const facts = (text: string) => certificateFacts(parseCertificates(text)[0]!);
    const outputs: Outputs = {
        ca: { ...facts(certPem), generation: 1 },
        root: facts(rootPem),
        files: publicFiles(certPem, rootPem, profiles.default),
    };
    return { root: { keys, pem: rootPem }, certPem, outputs };
}

function resource(type: string, name: string, operation: Operation, more: Partial<Resource> = {}): Resource {
    return { type, name, operation, changed: [], missing: false, before: {}, after: {}, ...more };
}

const switchesOn: PublicState = { istio: { multiRoot: true, xdsAgent: true } };

function istio(operation: Operation, before = switchesOn): Resource {
    return resource(types.command, "istio-istioctl", operation, { before });
}

function secret(operation: Operation): Resource {
    return resource(types.secret, "cacerts-secret", operation);
}

function preview(more: Partial<StackPreview>): StackPreview {
    return {
        stack: "cluster1",
        role: "cluster",
        resources: [],
        before: {},
        after: {},
        diagnostics: [],
        violations: [],
        succeeded: true,
        ...more,
    };
}

function texts(...previews: StackPreview[]): string {
    return reviewOf(previews)
        .stacks.flatMap(({ consequences }) => consequences.map(({ text }) => text))
        .join("\n");
}

describe("A review of a renewal", () => {
    it("says that workloads re-sign at once, and that nothing restarts", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const renewed = preview({
            before: old.outputs,
            after: next.outputs,
            resources: [secret("update"), istio("same")],
        });
        const { verdict, stacks } = reviewOf([renewed]);
        assert.equal(verdict, "changes");
        assert.equal(stacks[0]!.trust[0]!.how, "in place");
        assert.match(texts(renewed), /Every proxy asks for a new certificate at once\. No pod restarts/);
    });

    it("says when proxies are not told", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const resources = [secret("update"), istio("same", { istio: { multiRoot: true, xdsAgent: false } })];
        const renewed = preview({ before: old.outputs, after: next.outputs, resources });
        assert.match(texts(renewed), /Proxies are not told: .* within 12 hours/);
    });

    it("says in what time proxies follow where it was set", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const files = { ...next.outputs.files!, "root-cert.pem": old.outputs.files!["root-cert.pem"] };
        const switches = { multiRoot: true, xdsAgent: true, workloadTtl: "720m" };
        const resources = [secret("update"), istio("same", { istio: switches })];
        const renewed = preview({ before: old.outputs, after: { ...next.outputs, files }, resources });
        assert.match(texts(renewed), /Proxies are not told: .* in half of 720m\./);
    });

    it("blocks where istiod would drop it", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const resources = [secret("update"), istio("same", { istio: { multiRoot: false, xdsAgent: true } })];
        const { verdict, stacks } = reviewOf([
            preview({ before: old.outputs, after: next.outputs, resources }),
        ]);
        assert.equal(verdict, "blocked");
        assert.match(stacks[0]!.findings[0]!.text, /ISTIO_MULTIROOT_MESH off/);
        assert.match(stacks[0]!.consequences[0]!.text, /goes on signing with the old certificate/);
    });

    it("claims nothing of restarts where istioctl runs again", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const renewed = preview({
            before: old.outputs,
            after: next.outputs,
            resources: [secret("update"), { ...istio("update"), changed: ["environment.ISTIO_VERSION"] }],
        });
        assert.doesNotMatch(texts(renewed), /No pod restarts/);
        assert.match(texts(renewed), /runs again \(changed: environment\.ISTIO_VERSION\)/);
    });

    it("tells of a new key and of the renewal beside it", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const renewed = preview({
            before: old.outputs,
            after: next.outputs,
            resources: [resource(types.key, "cluster1-2-key", "create"), secret("update"), istio("same")],
        });
        const [{ trust }] = reviewOf([renewed]).stacks as [StackReview];
        assert.deepEqual(
            trust.map(({ how }) => how),
            ["new key requested", "in place"],
        );
        assert.match(texts(renewed), /A new key is made[^]*Every proxy asks/);
    });

    it("in a standalone stack is in place too, though the certificate is not known yet", async () => {
        const { outputs } = await ca();
        const root = resource(types.rootCertificate, "root-cert", "same");
        const signed = resource(types.intermediateCertificate, "cluster1-cert", "replace", {
            before: { request: "csr" },
            after: { request: "csr", validityHours: 4800, earlyRenewalHours: 2160 },
            changed: ["validityPeriodHours"],
        });
        const renewFrom = "2027-01-01T00:00:00.000Z";
        const renewed = preview({
            role: "standalone",
            before: { ...outputs, ca: { ...outputs.ca!, renewFrom } },
            after: { root: outputs.root },
            resources: [root, signed, secret("update"), istio("same")],
        });
        const [change] = reviewOf([renewed]).stacks[0]!.trust;
        assert.equal(change!.how, "in place");
        assert.deepEqual(change!.after, { key: "same", validityDays: 200, renewal: 90 });
        assert.equal(change!.before!.renewal, renewFrom);
        assert.match(texts(renewed), /No pod restarts/);
    });
});

describe("A review of a changed root", () => {
    it("blocks a standalone stack's, for which istiod has no way", async () => {
        const { outputs } = await ca();
        const changed = preview({
            role: "standalone",
            before: outputs,
            resources: [
                resource(types.rootCertificate, "root-cert", "replace", { changed: ["privateKeyPem"] }),
                resource(types.intermediateCertificate, "cluster1-cert", "replace", {
                    changed: ["caCertPem"],
                }),
                secret("update"),
                istio("same"),
            ],
        });
        assert.equal(reviewOf([changed]).verdict, "blocked");
        assert.match(texts(changed), /do not overlap[^]*refuse each other/);
    });

    it("blocks another root under the name of one that signs", async () => {
        const { outputs } = await ca();
        const roots = { root: outputs.root };
        const certificates = { cluster1: { generation: 1 } };
        const changed = preview({
            stack: "root",
            role: "root",
            before: { root: outputs.root, roots, certificates },
            after: { roots: { root: undefined }, certificates },
        });
        const { verdict, stacks } = reviewOf([changed]);
        assert.equal(verdict, "blocked");
        assert.deepEqual(
            stacks[0]!.trust.map(({ name, how }) => [name, how]),
            [["root", "replaced"]],
        );
        assert.match(
            stacks[0]!.findings[0]!.text,
            /gives way to a new one in one step\nThe next `up` of cluster1/,
        );
    });
});

describe("A review of a root's replacement", () => {
    /** What a cluster plugs in: its certificate is signed by the first root, or by the second. */
    async function rotation() {
        const [first, second] = [await ca(), await ca()];
        const bundle = first.root.pem + second.root.pem;
        const plugged = (signed: typeof first, roots: string) => ({
            ...signed.outputs,
            files: publicFiles(signed.certPem, roots, profiles.default),
        });
        const rootStack = preview({
            stack: "root",
            role: "root",
            before: { roots: { root: first.outputs.root, "root-2": second.outputs.root } },
        });
        const cluster = (before: Outputs, after: Outputs) =>
            preview({ before, after, resources: [secret("update"), istio("same")] });
        return { first, second, bundle, plugged, rootStack, cluster };
    }

    it("tells that both are trusted, and that nothing else changes", async () => {
        const { first, bundle, plugged, rootStack, cluster } = await rotation();
        const step = cluster(first.outputs, plugged(first, bundle));
        const { verdict, stacks } = reviewOf([rootStack, step]);
        assert.equal(verdict, "changes");
        assert.deepEqual(
            stacks[1]!.trust.map(({ ca: of, name, how }) => [of, name, how]),
            [
                ["root", "root-2", "new"],
                ["intermediate", undefined, "in place"],
            ],
        );
        assert.match(
            texts(rootStack, step),
            /`root-2` is trusted beside `root`: the roots overlap, and no workload changes its certificate's issuer\.[^]*reloads it at once[^]*Every proxy asks[^]*No pod restarts/,
        );
    });

    it("tells that the new one signs, and that both are trusted", async () => {
        const { first, second, bundle, plugged, rootStack, cluster } = await rotation();
        const step = cluster(plugged(first, bundle), plugged(second, bundle));
        assert.equal(reviewOf([rootStack, step]).verdict, "changes");
        assert.match(
            texts(rootStack, step),
            /anew under `root-2` in place of `root`: all workloads trust both/,
        );
    });

    it("tells that the old one is no longer trusted", async () => {
        const { second, bundle, plugged, rootStack, cluster } = await rotation();
        const step = cluster(plugged(second, bundle), second.outputs);
        assert.equal(reviewOf([rootStack, step]).verdict, "changes");
        assert.match(texts(rootStack, step), /`root` is no longer trusted/);
        assert.doesNotMatch(texts(rootStack, step), /is trusted beside|in place of/);
    });

    it("knows a root by its fingerprint where no preview names it", async () => {
        const { first, second, bundle, plugged, cluster } = await rotation();
        const step = cluster(first.outputs, plugged(first, bundle));
        const short = second.outputs.root!.fingerprint.slice(0, 23);
        assert.match(texts({ ...step, role: "ready" }), new RegExp(`\`${short}\` is trusted beside`));
    });

    it("is not a cluster that leaves and joins where a command signed before", async () => {
        const { first, second } = await rotation();
        const roots = { root: first.outputs.root, "root-2": second.outputs.root };
        const step = preview({
            stack: "root",
            role: "root",
            before: {
                root: first.outputs.root,
                roots,
                certificates: { cluster1: { generation: 1, pem: first.certPem } },
            },
            after: { root: second.outputs.root, roots },
            resources: [
                resource(types.command, "cluster1-sign", "delete", { before: { request: "csr" } }),
                resource(types.intermediateCertificate, "cluster1-cert", "create", {
                    after: { request: "csr" },
                }),
            ],
        });
        const [{ trust }] = reviewOf([step]).stacks as [StackReview];
        assert.deepEqual(
            trust.map(({ how, after }) => [how, after!.key]),
            [["signed anew", "same"]],
        );
    });
});

describe("A review under policies", () => {
    /** Recorded from the engine under the pack in policy/. */
    const recorded = (policyName: string, enforcementLevel: string, resource: string, message: string) =>
        ({
            sequence: 58,
            timestamp: 1795444496,
            policyEvent: {
                resourceUrn: `urn:pulumi:root::istio-plugin-ca::${resource}`,
                message,
                color: "never",
                policyName,
                policyPackName: "istio-plugin-ca",
                policyPackVersion: "0.1.0",
                policyPackVersionTag: "0.1.0",
                enforcementLevel,
            },
        }) as EngineEvent;
    const failed = {
        diagnosticEvent: {
            prefix: "error: ",
            message: "preview failed\n",
            color: "never",
            severity: "error",
        },
    } as unknown as EngineEvent;
    const mandatory = recorded(
        "intermediate-lifetime",
        "mandatory",
        "istio-plugin-ca:index:IntermediateCertificate$tls:index/locallySignedCert:LocallySignedCert::c1-cert",
        "An intermediate must end before its root.\nIt is renewed 24 hours before its end.\n",
    );
    const advisory = recorded(
        "root-key-protected",
        "advisory",
        "istio-plugin-ca:index:RootCa$tls:index/privateKey:PrivateKey::root-key",
        "root-key is not protected.\n",
    );

    it("is blocked by a mandatory one", () => {
        const found = reviewOf([preview({ ...told([mandatory, failed]) })]);
        assert.equal(found.verdict, "blocked");
        assert.equal(found.stacks[0]!.findings.length, 1);
        assert.match(
            markdown(found),
            /- \*\*error\*\* in `cluster1`, `policy istio-plugin-ca: intermediate-lifetime, c1-cert`:\n\n {2}```\n {2}An inter/,
        );
    });

    it("is warned by an advisory one", () => {
        const found = reviewOf([preview({ ...told([advisory]) })]);
        assert.equal(found.verdict, "nothing");
        assert.match(markdown(found), /nothing changes, 1 warning/);
    });
});

describe("A review", () => {
    it("keeps nothing of a resource but what is public", () => {
        const inputs = {
            privateKeyPem: pem(Buffer.from("a private key"), "PRIVATE KEY"),
            validityPeriodHours: 24,
            environment: { ISTIO_SET: "token=secret", TOKEN: "secret" },
        };
        const steps = [types.rootCertificate, types.command, types.key, types.secret].map((type) => ({
            resourcePreEvent: {
                metadata: {
                    op: "update",
                    urn: `urn:pulumi:s::p::${type}::name`,
                    type,
                    old: { inputs, outputs: inputs },
                    new: { inputs, outputs: inputs },
                    diffs: ["environment"],
                } as unknown as StepEventMetadata,
            },
        }));
        const { resources } = told(steps as EngineEvent[]);
        assert.equal(resources.length, 4);
        assert.doesNotMatch(JSON.stringify(resources), /secret"|PRIVATE|token/);
    });

    it("shows no key that somebody's error message holds, nor lets it end a block", () => {
        const message = `\u001b[31mbad:\n${pem(Buffer.from("k".repeat(200)), "PRIVATE KEY")}\`\`\`\n<script>`;
        const diagnostics = [{ severity: "error" as const, resource: "a|b`c", message }];
        const text = markdown(reviewOf([preview({ diagnostics, succeeded: false })]));
        assert.doesNotMatch(text, /PRIVATE KEY|a2tra2/);
        assert.match(
            text,
            /in `cluster1`, `a\|b'c`:\n\n {2}````\n {2}bad:\n {2}\[PEM\]\n {2}```\n {2}<script>\n {2}````/,
        );
    });

    it("leaves the resources out where a comment could not hold them", () => {
        const resources = Array.from({ length: 2000 }, (_, index) =>
            resource(types.secret, `secret-${index}`, "create"),
        );
        const text = markdown(reviewOf([preview({ resources })]));
        assert.ok(text.length < 60_000);
        assert.match(text, /2000 to create[^]*More than a comment can hold/);
    });

    it("tells once what is the same for many clusters", async () => {
        const { outputs, certPem } = await ca();
        const names = ["cluster1", "cluster2"];
        const signed = names.map((name) =>
            resource(types.intermediateCertificate, `${name}-cert`, "replace"),
        );
        const root = preview({
            stack: "root",
            role: "root",
            before: {
                root: outputs.root,
                roots: { root: outputs.root },
                certificates: Object.fromEntries(names.map((name) => [name, { pem: certPem }])),
            },
            after: { root: outputs.root, roots: { root: outputs.root } },
            resources: signed,
        });
        assert.match(markdown(reviewOf([root])), /- `cluster1`, `cluster2`: Its certificate is signed anew/);
    });
});

describe("A review of a revocation", () => {
    const issued = {
        ab: { cluster: "cluster1", generation: 1, notAfter: "2030-01-01T00:00:00Z", keyId: "00" },
    };
    const revoked = { ab: "2026-11-23T00:00:00Z", cd: "2026-11-23T00:00:00Z" };

    it("names the keys and tells who is refused", () => {
        const told = texts(
            preview({ stack: "root", role: "root", before: { issued }, after: { issued, revoked } }),
        );
        assert.match(told, /^Revoked: `cluster1\/1`, the serial number cd\. .*refuse new connections/m);
    });

    it("names those that are taken back", () => {
        const told = texts(
            preview({ stack: "root", role: "root", before: { issued, revoked }, after: { issued } }),
        );
        assert.match(told, /^Not revoked any more: `cluster1\/1`, the serial number cd\./m);
    });
});
