import * as assert from "node:assert/strict";
import { signCrl } from "../../../pki/signedCrl";
import { keySigner } from "../../../pki/signer";
import { CannotVerify, readInput } from "../../../verify/input";
import { newKey, privatePem, selfSigned } from "../../pki";

describe("readInput", () => {
    let pem: string;
    let crls: string;

    before(async () => {
        const keys = await newKey();
        pem = await selfSigned(keys);
        crls = await signCrl({ issuerPem: pem, signer: keySigner(await privatePem(keys)) });
    });

    const refusal = (input: unknown) => {
        try {
            readInput(input);
        } catch (error) {
            assert.ok(error instanceof CannotVerify);
            return error.message;
        }
        return undefined;
    };

    it("parses the certificates and CRLs, and fills in the defaults", () => {
        const given = { rootCert: pem + pem, caCert: pem, crls, context: "cluster1", kubeconfig: undefined };
        const { rootCert, caCert, crls: lists, ...others } = readInput(given);
        assert.deepEqual(rootCert.map((each) => each.pem).join(""), pem + pem);
        assert.deepEqual(caCert.map((each) => each.pem).join(""), pem);
        assert.deepEqual(lists?.map((each) => each.pem).join(""), crls);
        assert.deepEqual(others, {
            context: "cluster1",
            istioNamespace: "istio-system",
            workloadNamespace: "foo",
            trustDomain: "cluster.local",
            limitSeconds: 60,
            proxies: true,
        });
    });

    it("names every fault at once, with what was found and what is allowed", () => {
        const input = {
            rootCert: pem,
            caCert: "",
            limitSeconds: 0,
            reissueMinutes: NaN,
            workloads: "yes",
            context: 1,
            exclude: ["foo/*", "nonsense", 1],
            trustdomain: "x",
            toString: 1,
        };
        assert.equal(
            refusal(input),
            "the input is wrong: context is 1, it must be a string; caCert holds no PEM certificate; " +
                'limitSeconds is 0, it must be above 0; workloads is "yes", it must be a boolean; ' +
                "reissueMinutes is NaN, it must be a number; " +
                'exclude holds "nonsense", allowed is namespace/pod or node/name, with * for any characters; ' +
                "exclude holds 1, it must be a list of strings; " +
                `trustdomain is unknown, known are ${known}; toString is unknown, known are ${known}`,
        );
        assert.equal(
            refusal({ rootCert: pem, caCert: pem, exclude: "foo/*" }),
            'the input is wrong: exclude is "foo/*", it must be a list of strings',
        );
    });

    it("needs both certificates, and accepts no other text as one", () => {
        const lacking =
            "the input is wrong: rootCert holds no PEM certificate; caCert holds no PEM certificate";
        assert.equal(refusal({}), lacking);
        assert.equal(refusal({ rootCert: null, caCert: "-----BEGIN CERTIFICATE-----" }), lacking);
        const damaged = pem.replace(/\n[^-\n]{64}\n/, "\n");
        assert.equal(refusal({ rootCert: damaged, caCert: pem + damaged }), lacking);
    });

    it("is a JSON object", () => {
        for (const input of [[], null, "text", 1]) {
            assert.equal(refusal(input), "the input is not a JSON object");
        }
    });
});

const known =
    "kubeconfig, context, rootCert, caCert, crls, istioNamespace, workloadNamespace, trustDomain, limitSeconds, workloads, proxies, reissueMinutes, exclude";
