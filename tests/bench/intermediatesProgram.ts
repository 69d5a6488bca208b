import * as pulumi from "@pulumi/pulumi";
import { IntermediateCa } from "../../components/intermediateCa";
import { IntermediateCertificate } from "../../components/intermediateCertificate";
import { RootCa } from "../../components/rootCa";
import { KeyAlgorithm, profiles } from "../../pki/profile";

// The SDK takes a stack trace for each resource, and mapping those is a tenth of a preview.
Reflect.deleteProperty(Error, "prepareStackTrace");

/** The Pulumi program that is compared with Istio's Makefile: one root and so many intermediates under it. */
const config = new pulumi.Config();
const keyAlgorithm = config.require<KeyAlgorithm>("keyAlgorithm");
const profile = { ...profiles.default, keyAlgorithm };
const ca = new RootCa("root", { profile });
for (let number = 1; number <= config.requireNumber("count"); number++) {
    const cluster = `c${number}`;
    const { certRequestPem } = new IntermediateCa(cluster, { cluster, keyAlgorithm });
    new IntermediateCertificate(cluster, { cluster, certRequestPem, ca, profile });
}
