import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { caPems, filesOf, pemArgs } from "../../../components/caPems";
import { ForeignFiles } from "../../../components/foreignFiles";
import { IstiodReload } from "../../../components/istiodReload";
import { MeshVerification } from "../../../components/meshVerification";
import { profiles } from "../../../pki/profile";
import { signCrl } from "../../../pki/signedCrl";
import { keySigner } from "../../../pki/signer";
import { issued, newKey, privatePem, selfSigned } from "../../pki";
import { runMocked } from "../support/mocks";

const where = { kubeconfig: "/kubeconfig", context: "cluster1", clusterUid: "uid" };

describe("The files of a CA, as arguments of components", () => {
    it("are what their Commands read, byte for byte as when they were given by name", async () => {
        for (const withCrls of [false, true]) {
            const pems = await makePems(withCrls);
            const stack = await runMocked(() => {
                const args = pemArgs(pulumi.output(filesOf(pems)));
                const { caCertPem, rootCertPem, crlPem } = args;
                new IstiodReload("reload", { ...where, namespace: "istio-system", ...args });
                new MeshVerification("verification", { ...where, caCertPem, rootCertPem, crlPem });
                new ForeignFiles("foreign", { ...where, namespace: "istio-system", crlPem });
            });
            const inputs = (name: string) => stack.find("command:local:Command", name).inputs;
            const { kubeconfig, context } = where;
            const { caCertPem, certChainPem, rootCertPem, crlPem } = pems;
            assert.equal(
                inputs("reload-annotate")["stdin"],
                JSON.stringify({
                    kubeconfig,
                    context,
                    namespace: "istio-system",
                    files: {
                        "ca-cert.pem": caCertPem,
                        "cert-chain.pem": certChainPem,
                        "root-cert.pem": rootCertPem,
                        "ca-crl.pem": crlPem,
                    },
                }),
            );
            assert.equal(
                inputs("verification-handshakes")["stdin"],
                JSON.stringify({
                    kubeconfig,
                    context,
                    rootCert: rootCertPem,
                    caCert: caCertPem,
                    crls: crlPem,
                    workloads: false,
                    limitSeconds: 180,
                }),
            );
            const environment = inputs("foreign-remove")["environment"] as Record<string, string>;
            assert.equal(
                environment["CACERTS_FILES"],
                `ca-cert.pem ${withCrls ? "ca-crl.pem " : ""}ca-key.pem cert-chain.pem root-cert.pem`,
            );
        }
    });

    it("are refused if a text is not plain PEM", () => {
        assert.throws(() => caPems("", "-"), {
            message:
                "The intermediate's certificate cannot be plugged in: it holds no PEM certificate. Nothing was changed.",
        });
    });
});

async function makePems(withCrls: boolean) {
    const keys = await newKey();
    const root = { keys, pem: await selfSigned(keys) };
    const crls = withCrls
        ? await signCrl({ issuerPem: root.pem, signer: keySigner(await privatePem(keys)) })
        : undefined;
    return caPems(await issued(await newKey(), root), root.pem, profiles.default, crls);
}
