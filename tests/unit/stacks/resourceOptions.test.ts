import assert from "node:assert/strict";
import program from "../../../index";
import { newKey, privatePem, selfSigned } from "../../pki";
import { withApiServer } from "../support/apiServer";
import { MockedProgram, runMocked } from "../support/mocks";
import { meshOf, secretOf } from "../support/meshObjects";
import { plugging, testCa, TestCa, upOf } from "../support/roles";

const key = "tls:index/privateKey:PrivateKey";
const secret = "kubernetes:core/v1:Secret";
const provider = "pulumi:providers:kubernetes";

describe("What keeps keys and CAs", () => {
    let own: TestCa;

    before(async () => {
        own = await testCa();
    });

    for (const role of plugging) {
        it(`is a Secret that is changed in place, and goes with its namespace: ${role}`, async () => {
            const { stack } = await upOf(role, own);
            const cacerts = stack!.find(secret, "cacerts-secret");
            assert.equal(cacerts.options.provider, "pulumi:providers:kubernetes cluster1");
            assert.equal(cacerts.options.deletedWith, "kubernetes:core/v1:Namespace cacerts-namespace");
            assert.equal(cacerts.options.retainOnDelete, false);
            const { inputs } = stack!.find(provider, "cluster1");
            assert.equal(inputs["enableSecretMutable"], "true");
            assert.equal(inputs["upsertExistingObjects"], undefined);
        });
    }

    for (const istio of ["adopt", "external"]) {
        it(`is a Secret that replaces what exists and outlives this stack: ${istio}`, async () => {
            const stack = await movingFrom("istio-ca-secret", istio);
            const { options } = stack.find(secret, "cacerts-secret");
            assert.equal(options.provider, "pulumi:providers:kubernetes cluster1-existing");
            assert.equal(options.retainOnDelete, true);
            const { inputs } = stack.find(provider, "cluster1-existing");
            assert.equal(inputs["enableSecretMutable"], "true");
            assert.equal(inputs["upsertExistingObjects"], "true");
        });

        it(`is a copy of somebody's cacerts that no destroy deletes: ${istio}`, async () => {
            const stack = await movingFrom("cacerts", istio);
            const { options } = stack.find(secret, "former-ca");
            assert.equal(options.retainOnDelete, true);
            assert.equal(options.provider, "pulumi:providers:kubernetes cluster1-existing");
            const { dependencies } = stack.find("istio-plugin-ca:index:CaCertsSecret", "cacerts");
            assert.ok(dependencies.includes(`${secret} former-ca`), dependencies.join());
        });
    }

    for (const protect of [true, false]) {
        it(`is a root that protectRoot ${protect} protects, of several the one that signs`, async () => {
            const config = { role: "root", roots: '["root","root-2"]', signingRoot: "root-2" };
            const root = await runMocked(program, {
                stack: "root",
                config: { ...config, protectRoot: `${protect}` },
            });
            const standalone = await upOf("standalone", own, { config: { protectRoot: `${protect}` } });
            const of = (stack: MockedProgram<unknown>, name: string) =>
                ["-key", "-cert"].map(
                    (end) => stack.resources.find((each) => each.name === name + end)!.options.protect,
                );
            assert.deepEqual(of(root, "root-2"), [protect, protect]);
            assert.deepEqual(of(root, "root"), [false, false]);
            assert.deepEqual(of(standalone.stack!, "root"), [protect, protect]);
        });
    }

    it("are keys and roots that stay as they were made, whatever profile is set later", async () => {
        const { stack } = await upOf("standalone", own);
        const made = ["algorithm", "ecdsaCurve", "rsaBits"];
        assert.deepEqual(stack!.find(key, "root-key").options.ignoreChanges, made);
        assert.deepEqual(stack!.find(key, "cluster1-1-key").options.ignoreChanges, made);
        assert.deepEqual(
            stack!.find("tls:index/selfSignedCert:SelfSignedCert", "root-cert").options.ignoreChanges,
            ["maxPathLength", "subject", "allowedUses", "validityPeriodHours"],
        );
    });

    it("is a cacerts that exists before Istio, and is deleted after it", async () => {
        for (const role of plugging) {
            const { stack } = await upOf(role, own);
            const { dependencies } = stack!.find("istio-plugin-ca:index:IstioInstall", "istio");
            assert.ok(dependencies.includes(`${secret} cacerts-secret`), dependencies.join());
        }
    });

    /** A stack whose mesh is under another CA, from a Secret of this name. */
    async function movingFrom(name: string, istio: string): Promise<MockedProgram<unknown>> {
        const keys = await newKey();
        const pem = await selfSigned(keys, { subject: "O=cluster.local" });
        const files = {
            "ca-cert.pem": pem,
            "ca-key.pem": await privatePem(keys),
            "cert-chain.pem": pem,
            "root-cert.pem": pem,
        };
        const objects = meshOf(pem, { [name]: secretOf(name, "istio.io/ca-root", files) }, true);
        return withApiServer(objects, async (kubeconfig) => {
            const config = { kubeconfig, istio, previousCa: `istio-system/${name}` };
            const { stack, error } = await upOf("cluster", own, { config });
            assert.equal(error, undefined);
            return stack!;
        });
    }
});
