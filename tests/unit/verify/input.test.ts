import * as assert from "node:assert/strict";
import { CannotVerify, readInput } from "../../../verify/input";

const rootCert = "-----BEGIN CERTIFICATE-----\nroot";
const caCert = "-----BEGIN CERTIFICATE-----\nca";

describe("readInput", () => {
    it("fills in the defaults", () => {
        assert.deepEqual(readInput({ rootCert, caCert, context: "cluster1", kubeconfig: undefined }), {
            rootCert,
            caCert,
            context: "cluster1",
            istioNamespace: "istio-system",
            workloadNamespace: "foo",
            trustDomain: "cluster.local",
            limitSeconds: 60,
            proxies: true,
        });
    });

    it("names every fault at once", () => {
        const input = {
            rootCert,
            caCert: "",
            limitSeconds: 0,
            workloads: "yes",
            trustdomain: "x",
            toString: 1,
        };
        assert.throws(
            () => readInput(input),
            new CannotVerify(
                "the input is wrong: limitSeconds is 0, it must be above 0; " +
                    'workloads is "yes", it must be a boolean; ' +
                    `trustdomain is unknown, known are ${known}; toString is unknown, known are ${known}; ` +
                    "caCert holds no PEM certificate",
            ),
        );
        assert.throws(() => readInput([]), new CannotVerify("the input is not a JSON object"));
    });
});

const known =
    "kubeconfig, context, rootCert, caCert, crls, istioNamespace, workloadNamespace, trustDomain, limitSeconds, workloads, proxies, reissueMinutes, exclude";
