import * as assert from "node:assert/strict";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import { certRequest } from "../../../operations/csr";
import type { Project } from "../../../operations/project/project";
import program from "../../../index";
import { Certificate } from "../../../pki/certificate";
import { signIntermediate } from "../../../pki/intermediate";
import { keySigner } from "../../../pki/signer";
import type { ClusterOutputs } from "../../../stacks/outputs";
import { csr, issued, KeyPair, newKey, privatePem, selfSigned, publicFiles } from "../../pki";
import { withApiServer } from "../support/apiServer";
import { withIstioctl } from "../support/istioctl";
import { isSecret, MockedProgram, MockOptions, runMocked } from "../support/mocks";
import { refusedBy } from "../support/refusals";

const self = "organization/istio-plugin-ca/cluster1";
const root = "organization/istio-plugin-ca/root";
const cacerts = "/api/v1/namespaces/istio-system/secrets/cacerts";

/** A cluster under the first generation of its CA, whose key the stack no longer has. */
async function cluster(keys: KeyPair, age = 0) {
    const rootKeys = await newKey();
    const rootPem = await selfSigned(rootKeys);
    const sign = (days = 0) => issued(keys, { keys: rootKeys, pem: rootPem }, { age: days });
    const pem = await sign(age);
    const files = publicFiles(pem, rootPem);
    const facts = (text: string) => Certificate.all(text)[0]!.facts;
    const live: Partial<ClusterOutputs> = {
        csr: { generation: 1, pem: await csr(keys) },
        ca: { ...facts(pem), generation: 1 },
        root: facts(rootPem),
        files,
        istioMode: "install",
    };
    const signed = { cluster1: { generation: 1, pem } };
    return { live, files, signed, trustBundle: rootPem, sign, rootKey: await privatePem(rootKeys) };
}

type Given = Awaited<ReturnType<typeof cluster>>;

function up(
    { live, signed, trustBundle }: Given,
    config: Record<string, string>,
    options: Pick<MockOptions, "keys" | "preview"> & { secret?: Record<string, string> } = {},
): Promise<MockedProgram<ClusterOutputs>> {
    const data = Object.entries(options.secret ?? {}).map(([name, text]) => [
        name,
        Buffer.from(text).toString("base64"),
    ]);
    const objects = {
        "/api/v1/namespaces/istio-system/pods": { items: [] },
        ...(options.secret && { [cacerts]: { data: Object.fromEntries(data) as object } }),
    };
    return withApiServer(objects, (kubeconfig) =>
        withIstioctl("1.31.0", () =>
            runMocked(program as () => Promise<ClusterOutputs>, {
                config: { role: "cluster", context: "cluster1", kubeconfig, ...config },
                stacks: { [self]: live, [root]: { certificates: signed, trustBundle } },
                ...options,
            }),
        ),
    );
}

describe("A cluster's stack whose signed key is gone", () => {
    let keys: KeyPair;
    let given: Given;

    before(async () => {
        keys = await newKey();
        given = await cluster(keys);
    });

    it("continues with the key of the cluster's cacerts, secret, and asks for another certificate", async () => {
        const key = await privatePem(keys);
        const stack = await up(given, {}, { secret: { ...given.files, "ca-key.pem": key } });
        const { inputs, options } = stack.find("kubernetes:core/v1:Secret", "cacerts-secret");
        assert.ok(isSecret(inputs["stringData"]));
        assert.deepEqual((inputs["stringData"] as { value: object }).value, {
            ...given.files,
            "ca-key.pem": key,
        });
        assert.deepEqual(options.ignoreChanges, []);
        assert.notEqual(stack.outputs.csr?.pem, given.live.csr?.pem);
        assert.deepEqual(stack.outputs.files, given.files);
        assert.ok(!JSON.stringify(stack.outputs).includes("PRIVATE KEY"));
        assert.deepEqual(stack.logs, [
            "The key of generation 1 of cluster cluster1 is gone from this stack's state. It was read from the cluster's cacerts, which stays as it is. For a new key set generation to 2: `pulumi config set generation 2 --stack cluster1`, then `npm run up`.",
        ]);
    });

    for (const [where, secret] of [
        ["there is no cacerts", undefined],
        ["cacerts has another key", "another"],
        ["cacerts has a key that cannot be read", "damaged"],
    ] as const) {
        it(`keeps everything as it is if ${where}, and asks for another certificate`, async () => {
            const key = secret === "damaged" ? "no key" : await privatePem(await newKey());
            const other = secret && { ...given.files, "ca-key.pem": key };
            const stack = await up(given, {}, { secret: other });
            const { inputs, options } = stack.find("kubernetes:core/v1:Secret", "cacerts-secret");
            assert.deepEqual(options.ignoreChanges, ["stringData", "data"]);
            assert.ok(!JSON.stringify(inputs).includes("PRIVATE KEY"));
            const { status, csr: request, ca, files, root: signer } = stack.outputs;
            assert.match(status, /^generation 1 cannot be plugged in; CSR exported; waiting for stack root/);
            assert.notEqual(request?.pem, given.live.csr?.pem);
            assert.deepEqual([ca, files, signer], [given.live.ca, given.live.files, given.live.root]);
            assert.deepEqual(stack.logs, [
                "The key of generation 1 of cluster cluster1 is gone from this stack's state. cacerts was left as it is. For a new key set generation to 2: `pulumi config set generation 2 --stack cluster1`, then `npm run up`.",
            ]);
            for (const type of ["IstioInstall", "SampleWorkloads", "MeshVerification", "IstiodReload"]) {
                assert.ok(
                    stack.resources.some((each) => each.type.endsWith(`:${type}`)),
                    type,
                );
            }
        });
    }

    it("asks an outside signer for another certificate, and plugs it in once the request that it names is signed", async () => {
        const folder = fs.mkdtempSync(path.join(os.tmpdir(), "lost-key-"));
        const file = (name: string, text: string) => {
            fs.writeFileSync(path.join(folder, name), text);
            return path.join(folder, name);
        };
        const config = {
            signer: "outside",
            certificate: file("signed.pem", given.signed.cluster1.pem),
            trustBundle: file("roots.pem", given.trustBundle),
        };
        // Made in the place of the one that is gone.
        const held = { keys: { "cluster1-1-key": await newKey() } };
        const asking = await up(given, config, held);
        assert.match(asking.outputs.status, /waiting for the outside signer to sign it$/);
        const [warning] = asking.logs;
        assert.match(warning!, /^The key of generation 1 of cluster cluster1 is gone .* left as it is\./);
        const [, stackName] = /`npm run csr -- (\S+)` prints\.$/.exec(warning!)!;
        // The remedy, taken.
        const project = { pulumi: () => Promise.resolve(JSON.stringify({ csr: asking.outputs.csr })) };
        const csrPem = await certRequest(project as unknown as Project, stackName!);
        const [rootCertPem, signer] = [given.trustBundle, keySigner(given.rootKey)];
        const request = { csrPem, cluster: "cluster1", rootCertPem, signer, validityDays: 365 };
        file("signed.pem", await signIntermediate(request));
        const live = { ...given.live, csr: asking.outputs.csr! };
        const after = await up({ ...given, live }, config, held);
        assert.deepEqual([after.outputs.status, after.logs], ["CA signed", []]);
        const { stringData } = after.find("kubernetes:core/v1:Secret", "cacerts-secret").inputs;
        const { value } = stringData as { value: Record<string, string> };
        assert.equal(value["ca-key.pem"], await privatePem(held.keys["cluster1-1-key"]));
        fs.rmSync(folder, { recursive: true });
    });

    it("says so at preview too, when the new key is not known", async () => {
        const { outputs } = await up(given, {}, { preview: true });
        assert.match(outputs.status, /^generation 1 cannot be plugged in/);
    });

    it("plugs in the next generation once that is signed", async () => {
        const asking = await up(given, { generation: "2" });
        assert.equal(asking.outputs.csr?.generation, 2);
        assert.match(
            asking.logs.join(),
            /left as it is\. Generation 2 takes its place once it is signed: `npm run up`\.$/,
        );
        const next = await newKey();
        const after = await cluster(next);
        const signed = { cluster1: { ...after.signed.cluster1, generation: 2 } };
        // Below another root here, so its outputs are those of no mesh yet.
        const live = { csr: { generation: 2, pem: await csr(next) } };
        const stack = await up(
            { ...after, signed, live },
            { generation: "2" },
            { keys: { "cluster1-2-key": next } },
        );
        assert.equal(stack.outputs.status, "CA signed");
        assert.equal(stack.outputs.ca?.generation, 2);
    });

    it("is not held up by the expiry guard", async () => {
        const old = await cluster(keys, 350);
        const { outputs } = await up(old, {});
        assert.match(outputs.status, /^generation 1 cannot be plugged in/);
    });

    it("has nothing to keep if nothing was plugged in", async () => {
        const live = { csr: given.live.csr! };
        const stack = await up({ ...given, live }, {});
        assert.match(stack.outputs.status, /^generation 1 cannot be plugged in/);
        assert.ok(!stack.resources.some(({ type }) => type.startsWith("kubernetes:")));
    });

    it("refuses a certificate that cannot be used although the key exists, and lets the next generation pass", async () => {
        const expired = await cluster(keys, 366);
        const held = { keys: { "cluster1-1-key": keys } };
        await assert.rejects(
            up(expired, {}, held),
            refusedBy(
                "certificate-unusable",
                "The certificate that stack root signed for generation 1 of cluster cluster1 cannot be plugged in:",
                "`pulumi up --stack root` signs it again.",
            ),
        );
        const { outputs, logs } = await up(expired, { generation: "2" }, held);
        const expiry = "it does not verify to the trust bundle: O=Istio, L=cluster1, CN=Intermediate CA";
        assert.deepEqual(
            logs.map((line) => line.replace(/ \([0-9a-f:]+\) expired at \S+/, "")),
            [
                [
                    "The certificate that stack root signed for generation 1 of cluster cluster1 cannot be plugged in:",
                    expiry,
                    "cacerts was left as it is. Generation 2 takes its place once it is signed: `npm run up`.",
                ].join("\n  "),
            ],
        );
        assert.equal(outputs.csr?.generation, 2);
        assert.deepEqual(outputs.files, expired.files);
        // The remedy, taken.
        const renewed = { ...expired, signed: { cluster1: { generation: 1, pem: await expired.sign() } } };
        assert.equal((await up(renewed, {}, held)).outputs.status, "CA signed");
    });
});
