import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import type { EngineEvent } from "@pulumi/pulumi/automation";
import { markdown } from "../../../review/markdown";
import { types } from "../../../review/resource";
import { reviewOf, StackReview } from "../../../review/review";
import { Certificate } from "../../../pki/certificate";
import { profiles } from "../../../pki/profile";
import type { StackPreview } from "../../../review/preview";
import { signCrl } from "../../../pki/signedCrl";
import { keySigner } from "../../../pki/signer";
import type { ClusterOutputs, LinksOutputs, RootOutputs } from "../../../stacks/outputs";
import { issued, newKey, pem, privatePem, selfSigned, publicFiles } from "../../pki";
import { normalised } from "../../reviewText";
import { previewOf as preview, Step, StackOutputs, unknownValue } from "../support/engineEvents";

/** A certificate of a CA's, signed by a new root; and what a stack exports of them. */
async function ca(root?: { keys: Awaited<ReturnType<typeof newKey>>; pem: string }) {
    const keys = root?.keys ?? (await newKey());
    const rootPem = root?.pem ?? (await selfSigned(keys));
    const certPem = await issued(await newKey(), { keys, pem: rootPem });
    const facts = (text: string) => Certificate.all(text)[0]!.facts;
    const outputs = {
        ca: { ...facts(certPem), generation: 1 },
        root: facts(rootPem),
        files: publicFiles(certPem, rootPem, profiles.default),
    } satisfies Partial<ClusterOutputs>;
    return { root: { keys, pem: rootPem }, certPem, outputs };
}

function istio(op: Step["op"], more: Partial<Step> & { env?: string[] } = {}): Step {
    const { env = switches({}), ...rest } = more;
    const inputs = { environment: { ISTIO_SET: env.join("\n") } };
    return { type: types.command, name: "istio-istioctl", op, old: inputs, new: inputs, ...rest };
}

/** What of an installation of Istio lets it take a changed trust bundle. */
function switches({ multiRoot = true, xdsAgent = true, workloadTtl = "" }): string[] {
    const metadata = "meshConfig.defaultConfig.proxyMetadata";
    return [
        `values.pilot.env.ISTIO_MULTIROOT_MESH=${multiRoot}`,
        `${metadata}.PROXY_CONFIG_XDS_AGENT=${xdsAgent}`,
        ...(workloadTtl ? [`${metadata}.SECRET_TTL=${workloadTtl}`] : []),
    ];
}

function secret(op: Step["op"]): Step {
    return { type: types.secret, name: "cacerts-secret", op };
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
            steps: [secret("update"), istio("same")],
        });
        const { verdict, stacks } = reviewOf([renewed]);
        assert.equal(verdict, "changes");
        assert.equal(stacks[0]!.trust[0]!.how, "in place");
        assert.match(texts(renewed), /Every proxy requests a new certificate at once\. No pod restarts/);
    });

    it("says when proxies are not notified", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const steps = [secret("update"), istio("same", { env: switches({ xdsAgent: false }) })];
        const renewed = preview({ before: old.outputs, after: next.outputs, steps });
        assert.match(texts(renewed), /Proxies are not notified: .* within 12 hours/);
    });

    it("says how long proxies take if that is set", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const files = { ...next.outputs.files, "root-cert.pem": old.outputs.files["root-cert.pem"] };
        const steps = [secret("update"), istio("same", { env: switches({ workloadTtl: "720m" }) })];
        const renewed = preview({ before: old.outputs, after: { ...next.outputs, files }, steps });
        assert.match(texts(renewed), /Proxies are not notified: .* within half of 720m\./);
    });

    it("blocks a renewal that istiod would ignore", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const steps = [secret("update"), istio("same", { env: switches({ multiRoot: false }) })];
        const { verdict, stacks } = reviewOf([preview({ before: old.outputs, after: next.outputs, steps })]);
        assert.equal(verdict, "blocked");
        assert.match(stacks[0]!.findings[0]!.text, /ISTIO_MULTIROOT_MESH off/);
        assert.match(stacks[0]!.consequences[0]!.text, /continues to sign with the old certificate/);
    });

    it("promises nothing about restarts if istioctl runs again", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const renewed = preview({
            before: old.outputs,
            after: next.outputs,
            steps: [secret("update"), istio("update", { changed: ["environment.ISTIO_VERSION"] })],
        });
        assert.doesNotMatch(texts(renewed), /No pod restarts/);
        assert.match(texts(renewed), /runs again \(changed: environment\.ISTIO_VERSION\)/);
    });

    it("reports a new key and the renewal next to it", async () => {
        const old = await ca();
        const next = await ca(old.root);
        const renewed = preview({
            before: old.outputs,
            after: next.outputs,
            steps: [
                { type: types.key, name: "cluster1-2-key", op: "create" },
                secret("update"),
                istio("same"),
            ],
        });
        const [{ trust }] = reviewOf([renewed]).stacks as [StackReview];
        assert.deepEqual(
            trust.map(({ how }) => how),
            ["new key requested", "in place"],
        );
        assert.match(texts(renewed), /A new key is generated[^]*Every proxy requests/);
    });

    it("is in place in a standalone stack too, although the certificate is not known yet", async () => {
        const { outputs } = await ca();
        const root: Step = { type: types.rootCertificate, name: "root-cert", op: "same" };
        const signed: Step = {
            type: types.intermediateCertificate,
            name: "cluster1-cert",
            op: "replace",
            old: { certRequestPem: "csr" },
            new: { certRequestPem: "csr", validityPeriodHours: 4800, earlyRenewalHours: 2160 },
            changed: ["validityPeriodHours"],
        };
        const renewFrom = "2027-01-01T00:00:00.000Z";
        const renewed = preview({
            role: "standalone",
            before: { ...outputs, ca: { ...outputs.ca, renewFrom } },
            after: { root: outputs.root, ca: unknownValue, files: unknownValue },
            steps: [root, signed, secret("update"), istio("same")],
        });
        const [change] = reviewOf([renewed]).stacks[0]!.trust;
        assert.equal(change!.how, "in place");
        assert.deepEqual(change!.after, { key: "same", validityDays: 200, renewal: 90 });
        assert.equal(change!.before!.renewal, renewFrom);
        assert.match(texts(renewed), /No pod restarts/);
    });
});

describe("A review of a changed root", () => {
    it("blocks that of a standalone stack, which istiod cannot pick up", async () => {
        const { outputs } = await ca();
        const changed = preview({
            role: "standalone",
            before: outputs,
            after: { root: unknownValue, ca: unknownValue, files: unknownValue },
            steps: [
                { type: types.rootCertificate, name: "root-cert", op: "replace", changed: ["privateKeyPem"] },
                {
                    type: types.intermediateCertificate,
                    name: "cluster1-cert",
                    op: "replace",
                    changed: ["caCertPem"],
                },
                secret("update"),
                istio("same"),
            ],
        });
        assert.equal(reviewOf([changed]).verdict, "blocked");
        assert.match(texts(changed), /do not overlap[^]*reject each other/);
    });

    it("blocks a different root under the name of the one that signs", async () => {
        const { outputs } = await ca();
        const roots = { root: outputs.root };
        const certificates = { cluster1: { generation: 1 } };
        const changed = preview({
            stack: "root",
            role: "root",
            before: { root: outputs.root, roots, certificates },
            after: { root: unknownValue, roots: { root: unknownValue }, certificates },
        });
        const { verdict, stacks } = reviewOf([changed]);
        assert.equal(verdict, "blocked");
        assert.deepEqual(
            stacks[0]!.trust.map(({ name, how }) => [name, how]),
            [["root", "replaced"]],
        );
        assert.match(
            stacks[0]!.findings[0]!.text,
            /is replaced by a new one in one step\nThe next `up` of cluster1/,
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
        const cluster = (before: StackOutputs, after: StackOutputs) =>
            preview({ before, after, steps: [secret("update"), istio("same")] });
        return { first, second, bundle, plugged, rootStack, cluster };
    }

    it("reports that both are trusted, and that nothing else changes", async () => {
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
            /`root-2` is trusted along with `root`: the roots overlap, and no workload changes its certificate's issuer\.[^]*reloads it at once[^]*Every proxy requests[^]*No pod restarts/,
        );
    });

    it("reports that the new one signs, and that both are trusted", async () => {
        const { first, second, bundle, plugged, rootStack, cluster } = await rotation();
        const step = cluster(plugged(first, bundle), plugged(second, bundle));
        assert.equal(reviewOf([rootStack, step]).verdict, "changes");
        assert.match(
            texts(rootStack, step),
            /again under `root-2` in place of `root`; all workloads trust both/,
        );
    });

    it("reports that the old one is no longer trusted", async () => {
        const { second, bundle, plugged, rootStack, cluster } = await rotation();
        const step = cluster(plugged(second, bundle), second.outputs);
        assert.equal(reviewOf([rootStack, step]).verdict, "changes");
        assert.match(texts(rootStack, step), /`root` is no longer trusted/);
        assert.doesNotMatch(texts(rootStack, step), /is trusted along with|in place of/);
    });

    it("names a root by its fingerprint if no preview has its name", async () => {
        const { first, second, bundle, plugged, cluster } = await rotation();
        const step = cluster(first.outputs, plugged(first, bundle));
        const short = second.outputs.root.fingerprint.slice(0, 23);
        assert.match(texts({ ...step, role: "ready" }), new RegExp(`\`${short}\` is trusted along with`));
    });

    it("does not take another way of signing for a cluster that leaves and joins", async () => {
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
            steps: [
                {
                    type: types.command,
                    name: "cluster1-sign",
                    op: "delete",
                    old: { stdin: JSON.stringify({ csrPem: "csr", validityDays: 365 }) },
                },
                {
                    type: types.intermediateCertificate,
                    name: "cluster1-cert",
                    op: "create",
                    new: { certRequestPem: "csr" },
                },
            ],
        });
        const [{ trust }] = reviewOf([step]).stacks as [StackReview];
        assert.deepEqual(
            trust.map(({ how, after }) => [how, after!.key]),
            [["signed again", "same"]],
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
        "An intermediate must end before its root.\nIt is renewed 24 hours before its expiry.\n",
    );
    const advisory = recorded(
        "root-key-protected",
        "advisory",
        "istio-plugin-ca:index:RootCa$tls:index/privateKey:PrivateKey::root-key",
        "root-key is not protected.\n",
    );

    it("is blocked by a mandatory one", () => {
        const found = reviewOf([preview({ events: [mandatory, failed] })]);
        assert.equal(found.verdict, "blocked");
        assert.equal(found.stacks[0]!.findings.length, 1);
        assert.match(
            markdown(found),
            /- \*\*error\*\* in `cluster1`, `policy istio-plugin-ca: intermediate-lifetime, c1-cert`:\n\n {2}```\n {2}An inter/,
        );
    });

    it("has a warning from an advisory one", () => {
        const found = reviewOf([preview({ events: [advisory] })]);
        assert.equal(found.verdict, "nothing");
        assert.match(markdown(found), /nothing changes, 1 warning/);
    });
});

describe("A review", () => {
    it("keeps only what is public of a resource", () => {
        const inputs = {
            privateKeyPem: pem(Buffer.from("a private key"), "PRIVATE KEY"),
            validityPeriodHours: 24,
            environment: { ISTIO_SET: "token=secret", TOKEN: "secret" },
        };
        const steps = [types.rootCertificate, types.command, types.key, types.secret].map((type): Step => ({
            type,
            name: "name",
            op: "update",
            old: inputs,
            new: inputs,
            changed: ["environment"],
        }));
        const outputs = { root: { subject: "O=x", privateKeyPem: inputs.privateKeyPem } };
        const { resources, before } = preview({ steps, before: outputs, after: outputs });
        assert.deepEqual(
            resources.map(({ changed, before }) => [changed, before?.validityHours]),
            [[["environment"], 24], ...[1, 2, 3].map(() => [["environment"], undefined])],
        );
        assert.doesNotMatch(JSON.stringify([resources, before]), /secret"|PRIVATE|token/);
    });

    it("shows no key from an error message, and lets none close a code block", () => {
        const message = `\u001b[31mbad:\n${pem(Buffer.from("k".repeat(200)), "PRIVATE KEY")}\`\`\`\n<script>`;
        const event = { diagnosticEvent: { severity: "error", urn: "urn:pulumi:s::p::t::a|b`c", message } };
        const text = markdown(reviewOf([preview({ events: [event as EngineEvent], succeeded: false })]));
        assert.doesNotMatch(text, /PRIVATE KEY|a2tra2/);
        assert.match(
            text,
            /in `cluster1`, `a\|b'c`:\n\n {2}````\n {2}bad:\n {2}\[PEM\]\n {2}```\n {2}<script>\n {2}````/,
        );
    });

    it("leaves out the resources if they do not fit into a comment", () => {
        const steps = Array.from({ length: 2000 }, (_, index): Step => ({
            type: types.secret,
            name: `secret-${index}`,
            op: "create",
        }));
        const text = markdown(reviewOf([preview({ steps })]));
        assert.ok(text.length < 60_000);
        assert.match(text, /2000 to create[^]*Too long for a comment/);
    });

    it("reports once what is the same for many clusters", async () => {
        const { outputs, certPem } = await ca();
        const names = ["cluster1", "cluster2"];
        const steps = names.map((name): Step => ({
            type: types.intermediateCertificate,
            name: `${name}-cert`,
            op: "replace",
        }));
        const root = preview({
            stack: "root",
            role: "root",
            before: {
                root: outputs.root,
                roots: { root: outputs.root },
                certificates: Object.fromEntries(names.map((name) => [name, { pem: certPem }])),
            },
            after: { root: outputs.root, roots: { root: outputs.root } },
            steps,
        });
        assert.match(markdown(reviewOf([root])), /- `cluster1`, `cluster2`: Its certificate is signed again/);
    });
});

describe("A review of recorded events of the engine", () => {
    const folder = path.join(__dirname, "..", "..", "fixtures", "review");
    const names = fs.globSync("*.json", { cwd: folder }).map((file) => path.basename(file, ".json"));

    it("exists for a revocation and what goes with it", () => {
        assert.deepEqual(names.sort(), ["restoring", "revoking", "unprotecting", "withheld"]);
    });

    for (const name of names) {
        it(`is the same as in that run: ${name}`, () => {
            const text = (end: string) => fs.readFileSync(path.join(folder, `${name}.${end}`), "utf8");
            const recorded = JSON.parse(text("json")) as Record<
                string,
                { role: string; events: EngineEvent[] }
            >;
            const previews = Object.entries(recorded).map(([stack, { role, events }]) =>
                preview({ stack, role, events }),
            );
            const roots = previews.filter(({ role }) => role === "root");
            const clusters = previews.filter(({ role }) => role !== "root");
            const found = reviewOf([...roots, ...clusters]);
            assert.equal(found.verdict, "changes");
            assert.equal(normalised(markdown(found)), text("md"));
        });
    }
});

describe("A review of a revocation", () => {
    const issued = {
        ab: { cluster: "cluster1", generation: 1, notAfter: "2030-01-01T00:00:00Z", keyId: "00" },
        ac: { cluster: "cluster1", generation: 2, notAfter: "2030-01-01T00:00:00Z", keyId: "01" },
    };
    const revoked = { ab: "2026-11-23T00:00:00Z", cd: "2026-11-24T00:00:00Z" };
    const root = (before: StackOutputs, after: StackOutputs) =>
        preview({ stack: "root", role: "root", before: { issued, ...before }, after: { issued, ...after } });

    it("names the keys and says who is rejected", () => {
        const revoking = root({ revoked: {} }, { revoked });
        const { verdict } = reviewOf([revoking]);
        assert.equal(verdict, "changes");
        assert.match(
            texts(revoking),
            /^Revoked by this `up`: `cluster1\/1` \(serial number ab\); the serial number cd\. .*reject new connections/,
        );
        assert.match(markdown(reviewOf([revoking])), /^- `root` \(root\): outputs change: `revoked`$/m);
    });

    it("names the restored ones, and since when they were revoked", () => {
        const restoring = root({ revoked }, { revoked: { cd: revoked.cd } });
        assert.equal(reviewOf([restoring]).verdict, "changes");
        assert.equal(
            texts(restoring),
            "No longer revoked: `cluster1/1` (serial number ab), revoked since 2026-11-23. Each cluster's next `up` brings it the CRL.",
        );
    });

    it("knows whose certificate it is even if another is about to be signed", () => {
        const signing = preview({
            stack: "root",
            role: "root",
            before: { issued, revoked: {} },
            after: { issued: unknownValue, revoked: { ab: revoked.ab } },
        });
        assert.match(texts(signing), /`cluster1\/1` \(serial number ab\)/);
    });

    it("says nothing about what stays revoked", () => {
        const { verdict, stacks } = reviewOf([root({ revoked }, { revoked })]);
        assert.deepEqual([verdict, stacks[0]!.consequences], ["nothing", []]);
    });

    it("says when CRLs are switched on, and which clusters they wait for", () => {
        const on = root({ withheld: [] }, { crls: "lists", withheld: [] });
        assert.equal(reviewOf([on]).verdict, "changes");
        assert.match(texts(on), /^CRLs are switched on: /);
        const unknown = root({ withheld: [] }, { crls: unknownValue, withheld: [] });
        assert.match(texts(unknown), /^CRLs are switched on: /);
        const waiting = root({ withheld: [] }, { withheld: ["cluster2"] });
        assert.equal(reviewOf([waiting]).verdict, "changes");
        assert.match(texts(waiting), /^No CRLs are made yet, because `cluster2` has none for its CA/);
    });

    it("names each cluster whose new key is not signed yet once", () => {
        const live = { crls: "lists" };
        const waiting = root(
            { ...live, withheld: ["cluster3"] },
            { ...live, withheld: ["cluster1", "cluster3"] },
        );
        assert.match(texts(waiting), /^The new key of `cluster1` is not signed yet/);
        const still = root({ ...live, withheld: ["cluster1"] }, { ...live, withheld: ["cluster1"] });
        assert.equal(reviewOf([still]).verdict, "nothing");
    });

    it("names the CRLs that a cluster gets, and whom they revoke", async () => {
        const { outputs, root: rootCa } = await ca();
        const signer = keySigner(await privatePem(rootCa.keys));
        const list = (revoked: Record<string, string>) => signCrl({ issuerPem: rootCa.pem, signer, revoked });
        const [none, one] = [await list({}), await list({ ab: revoked.ab })];
        const listed = (crls?: string) => ({
            ...outputs,
            files: { ...outputs.files, ...(crls && { "ca-crl.pem": crls }) },
        });
        const step = (old: string | undefined, next: string | undefined) =>
            preview({ before: listed(old), after: listed(next), steps: [secret("update"), istio("same")] });
        const rootStack = root({ revoked }, { revoked });
        assert.match(texts(step(undefined, none)), /^New CRLs: O=Istio, CN=Root CA\. Proxies/);
        assert.match(
            texts(rootStack, step(none, one)),
            /They revoke `cluster1\/1` \(serial number ab\)\. Proxies/,
        );
        assert.doesNotMatch(texts(rootStack, step(one, none + one)), /They revoke/);
        assert.match(
            texts(step(one, undefined)),
            /are removed from `cacerts`, but istiod keeps the last ones/,
        );
        assert.equal(texts(step(one, one)), "");
        const unknown = preview({ before: listed(one), after: { files: unknownValue } });
        assert.doesNotMatch(texts(unknown), /lists/);
    });
});

describe("A review of a mesh that migrates", () => {
    it("says which CA joins, changes and leaves", async () => {
        const [{ outputs }, former, other] = [await ca(), await ca(), await ca()];
        const move = (from: object | undefined, to: object | undefined) =>
            preview({ before: { ...outputs, previousCa: from }, after: { ...outputs, previousCa: to } });
        const short = (of: typeof former) => of.outputs.root.fingerprint.slice(0, 23);
        const steps: [object | undefined, object | undefined, RegExp][] = [
            [
                undefined,
                former.outputs.root,
                new RegExp(`previous CA of the mesh, \`${short(former)}\` \\(.*, joins this stack`),
            ],
            [
                former.outputs.root,
                other.outputs.root,
                new RegExp(`place of \`${short(former)}\`.*\`${short(other)}\``),
            ],
            [
                former.outputs.root,
                undefined,
                new RegExp(`previous CA of the mesh, \`${short(former)}\` \\(.*, leaves this stack`),
            ],
        ];
        for (const [from, to, expected] of steps) {
            assert.equal(reviewOf([move(from, to)]).verdict, "changes");
            assert.match(texts(move(from, to)), expected);
        }
        assert.deepEqual(
            [
                texts(move(undefined, undefined)),
                reviewOf([move(former.outputs.root, former.outputs.root)]).verdict,
            ],
            ["", "nothing"],
        );
        const renamed = preview({
            before: { ...outputs, formerCa: former.outputs.root },
            after: { ...outputs, previousCa: former.outputs.root },
        });
        assert.equal(texts(renamed), "", "an earlier version's name of the output");
    });
});

describe("A review of a stack's outputs", () => {
    /** One value of every output, which the types of the stacks demand. */
    const every: Record<
        Exclude<keyof (RootOutputs & ClusterOutputs & LinksOutputs), "inputsDigest">,
        unknown
    > = {
        root: { fingerprint: "aa" },
        roots: {},
        trustBundle: "roots",
        certificates: {},
        issued: {},
        revoked: {},
        retired: [],
        mesh: { cluster: "c1" },
        crls: "lists",
        withheld: [],
        status: "CA signed",
        csr: { generation: 1, pem: "csr" },
        ca: { fingerprint: "bb" },
        files: {},
        previousCa: { fingerprint: "cc" },
        istioMode: "install",
        istio: "1.31.0",
        multicluster: { meshId: "mesh1" },
        verification: {},
        meshId: "mesh1",
        links: { c1: {} },
        matrix: {},
    };

    for (const [name, value] of Object.entries(every)) {
        it(`never reports a changed ${name} as nothing`, () => {
            const rest = Object.fromEntries(Object.entries(every).filter(([other]) => other !== name));
            const of = (after: StackOutputs) => reviewOf([preview({ before: every, after })]);
            for (const [after, how] of [
                [{ ...every, [name]: "another" }, "changed"],
                [rest, "removed"],
            ] as const) {
                const { verdict, stacks } = of(after);
                assert.equal(verdict, "changes");
                assert.deepEqual(stacks[0]!.outputs, [{ name, how }]);
            }
            assert.deepEqual(reviewOf([preview({ before: rest, after: every })]).stacks[0]!.outputs, [
                { name, how: "new" },
            ]);
            assert.equal(of({ ...every, [name]: value }).verdict, "nothing");
        });
    }

    it("reports no change if only the digest of its inputs is another, as after an upgrade", () => {
        const [before, after] = [every, { ...every, inputsDigest: "aa" }];
        const { verdict, stacks } = reviewOf([preview({ before, after })]);
        assert.equal(verdict, "nothing");
        assert.deepEqual(stacks[0]!.outputs, []);
    });

    it("says what is no longer protected, which the engine reports as the same", () => {
        const key = (protect: [boolean, boolean]) =>
            reviewOf([preview({ steps: [{ type: types.key, name: "root-key", op: "same", protect }] })]);
        const { verdict, stacks } = key([true, false]);
        assert.equal(verdict, "changes");
        assert.match(stacks[0]!.consequences[0]!.text, /^No longer protected: `root-key`\./);
        assert.match(markdown(key([true, false])), /`cluster1` \(cluster\): protection changes/);
        for (const harmless of [
            [true, true],
            [false, true],
            [false, false],
        ] as const) {
            assert.equal(key([...harmless]).verdict, "nothing");
        }
    });
});

describe("A review of links between clusters", () => {
    const secret = (op: Step["op"]): Step => ({ type: types.secret, name: "c1-reads-c2-secret", op });

    it("says what the changes mean for requests between clusters", () => {
        const of = (op: Step["op"]) =>
            reviewOf([preview({ stack: "mesh", role: "mesh", steps: [secret(op)] })]);
        const expected: [Step["op"], RegExp][] = [
            ["create", /^`c1` reads `c2`: requests of its workloads reach those of `c2`, too\.$/],
            ["update", /^`c1` reads `c2` by another token or at another address\. Its workloads keep/],
            [
                "delete",
                /^`c1` no longer reads `c2`: its workloads' requests to what runs in `c2` only fail\.$/,
            ],
            ["replace", /^The Secret by which `c1` reads `c2` is deleted and created again: in between/],
        ];
        for (const [op, text] of expected) {
            const { verdict, stacks } = of(op);
            assert.equal(verdict, "changes", op);
            assert.match(stacks[0]!.consequences[0]!.text, text);
        }
        assert.deepEqual(of("same").stacks[0]!.consequences, []);
        assert.doesNotMatch(markdown(of("same")), /Requests between/);
    });

    it("shows the matrix as it would become, and where trust would be missing", async () => {
        const common = await ca();
        const same = await ca(common.root);
        const other = await ca();
        const secrets = ["c1", "c2", "c3"].flatMap((from) =>
            ["c1", "c2", "c3"]
                .filter((to) => to !== from)
                .map((to): Step => {
                    const op = from === "c3" || to === "c3" ? "create" : "same";
                    return { type: types.secret, name: `${from}-reads-${to}-secret`, op };
                }),
        );
        const links = Object.fromEntries(
            ["c1", "c2", "c3"].map((name) => [name, { stack: `stack-${name}` }]),
        );
        const reviewed = (third: StackOutputs) =>
            reviewOf([
                preview({ stack: "stack-c1", after: common.outputs }),
                preview({ stack: "stack-c2", after: same.outputs }),
                preview({ stack: "stack-c3", after: third }),
                preview({ stack: "mesh", role: "mesh", steps: secrets, after: { links } as StackOutputs }),
            ]);
        const [, table] = /between the clusters of `mesh`\n\n([^]*?)\n\n/.exec(
            markdown(reviewed(same.outputs)),
        )!;
        assert.deepEqual(table!.split("\n"), [
            "| from \\ to | `c1` | `c2` | `c3` |",
            "| --- | --- | --- | --- |",
            "| `c1` |  | ok | **new** |",
            "| `c2` | ok |  | **new** |",
            "| `c3` | **new** | **new** |  |",
        ]);
        assert.match(
            markdown(reviewed(other.outputs)),
            /\| `c3` \| \*\*no trust\*\* \| \*\*no trust\*\* \| {2}\|/,
        );
        assert.match(
            reviewed(same.outputs).stacks[3]!.consequences[2]!.text,
            /^`c3` reads `c1`, `c2`: requests of its workloads reach those of `c1`, `c2`, too\.$/,
        );
    });
});
