import * as assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CaBundle } from "../../../pki/caBundle";
import { backdated, clockSkewMs } from "../../../pki/clockSkew";
import { CaCertificate } from "../../../pki/caCertificate";
import { Crl } from "../../../pki/crl";
import { signIntermediate } from "../../../pki/intermediate";
import { signCrl } from "../../../pki/signedCrl";
import { keySigner } from "../../../pki/signer";
import { awaitValidity } from "../../../stacks/guards/clock";
import { csr, issued, newKey, privatePem, selfSigned } from "../../pki";
import { withApiServer } from "../support/apiServer";

const minute = 60_000;

describe("What is plugged in under a clock that is not the cluster's", () => {
    before(() => pulumi.runtime.setMocks({ newResource: () => ({ id: "", state: {} }), call: () => ({}) }));

    async function authority() {
        const keys = await newKey();
        return { keys, pem: await selfSigned(keys, { days: 3650 }) };
    }

    /** A bundle whose newest part becomes valid in so many seconds. */
    async function bundleFrom(seconds: number, crl?: Date) {
        const root = await authority();
        const age = -seconds / 86_400;
        const pem = await issued(await newKey(), root, { age });
        const signer = keySigner(await privatePem(root.keys));
        const list = crl && (await signCrl({ issuerPem: root.pem, signer, now: crl }));
        return CaBundle.signed(pem, root.pem, undefined, list);
    }

    /** A cluster whose clock is so many minutes behind ours. */
    function plug(bundle: Awaited<ReturnType<typeof bundleFrom>>, behind: number, limitMs = 3000) {
        const objects = { "/version": { major: "1" } };
        const date = () => new Date(Date.now() - behind * minute);
        return withApiServer(
            objects,
            (kubeconfig) => awaitValidity(bundle, { kubeconfig, context: "cluster1" }, limitMs),
            date,
        );
    }

    it("passes if it is valid there", async () => {
        assert.equal(await plug(await bundleFrom(-86_400), -5), undefined);
        assert.equal(await plug(await bundleFrom(0), -2), undefined);
    });

    it("waits for what is valid soon", async () => {
        const start = Date.now();
        assert.equal(await plug(await bundleFrom(2), 0), undefined);
        assert.ok(Date.now() - start >= 1000);
    });

    it("is refused with both times if the wait would be long, and passes once that time has come", async () => {
        const bundle = await bundleFrom(0);
        const refusal = await plug(bundle, 2);
        assert.equal(refusal?.id, "not-valid-yet");
        assert.match(
            refusal.found,
            /^The certificate .*Intermediate CA \(.*\) is valid from \S+Z, but by the clock of the API server of context cluster1 it is \S+Z: istiod would drop it\./,
        );
        assert.equal(await plug(bundle, -1), undefined);
    });

    it("may also be a CRL", async () => {
        const bundle = await bundleFrom(-86_400, new Date(Date.now() + clockSkewMs + 5 * minute));
        assert.match((await plug(bundle, 0))!.found, /^The CRL of .* is valid from/);
    });

    it("is not judged if the cluster does not report the time", async () => {
        const kubeconfig = "/does/not/exist";
        assert.equal(
            await awaitValidity(await bundleFrom(60), { kubeconfig, context: "cluster1" }),
            undefined,
        );
    });
});

describe("What we sign ourselves", () => {
    it("is valid some minutes before it is signed, and never before its root", async () => {
        const root = await newKey();
        const signer = keySigner(await privatePem(root));
        const now = new Date(Date.now() + 60 * minute);
        for (const [at, expected] of [
            [now, now.getTime() - clockSkewMs],
            [new Date(Date.now() + minute), undefined],
        ] as const) {
            const rootCertPem = await selfSigned(root);
            const { notBefore: rootFrom } = CaCertificate.all(rootCertPem)[0]!;
            const request = { csrPem: await csr(await newKey()), cluster: "cluster1", rootCertPem, signer };
            const pem = await signIntermediate({ ...request, validityDays: 30, now: at });
            const [{ notBefore, notAfter }] = CaCertificate.all(pem) as [CaCertificate];
            assert.equal(notBefore.getTime(), Math.floor((expected ?? rootFrom.getTime()) / 1000) * 1000);
            assert.equal(notAfter.getTime(), Math.floor(at.getTime() / 1000) * 1000 + 30 * 86_400_000);
        }
    });

    it("applies to a CRL too, whose number still grows", async () => {
        const root = await newKey();
        const [issuerPem, signer] = [await selfSigned(root), keySigner(await privatePem(root))];
        const now = new Date();
        const list = Crl.all(
            await signCrl({ issuerPem, signer, now, revoked: { ab: now.toISOString() } }),
        )[0]!;
        assert.equal(list.thisUpdate.getTime(), backdated(now).getTime());
        assert.deepEqual([...list.serials], ["ab"]);
    });
});
