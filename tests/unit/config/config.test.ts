import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { digestOf } from "../../../config/digest";
import type { Settings } from "../../../config/settings";
import { profiles } from "../../../pki/profile";
import { settingsOf } from "../support/settings";

/** Compares settings, and the digest that they have of themselves. */
function assertComparable(settings: Settings, expected: Settings): void {
    assert.deepEqual(settings, { ...expected, digest: digestOf(expected) });
}

describe("Settings", () => {
    it("of a root name its clusters", async () => {
        const settings = await settingsOf({ role: "root", clusters: '["cluster1","cluster2"]' }, "root");
        assertComparable(settings, {
            role: "root",
            profile: profiles.default,
            expiryGuardDays: 30,
            clusters: ["cluster1", "cluster2"],
            roots: ["root"],
            signingRoot: "root",
            existing: undefined,
            protectRoot: true,
            crls: false,
            revoked: [],
        });
    });

    it("are in no process that is started afterwards", async () => {
        const variables = ["PULUMI_CONFIG", "PULUMI_CONFIG_PASSPHRASE", "PULUMI_CONFIG_PASSPHRASE_FILE"];
        variables.forEach((variable) => (process.env[variable] = "secret"));
        await settingsOf({ role: "root" }, "root");
        assert.deepEqual(
            variables.filter((variable) => variable in process.env),
            [],
        );
    });

    it("of a cluster are complete with a context alone", async () => {
        const config = { role: "cluster", context: "prod", kubeconfig: "kube.config" };
        assertComparable(await settingsOf(config), {
            role: "cluster",
            profile: profiles.default,
            expiryGuardDays: 30,
            cluster: "cluster1",
            peers: [],
            generation: 1,
            signer: "root",
            mesh: {
                access: { kubeconfig: "kube.config", context: "prod", clusterUid: undefined },
                trustDomain: "cluster.local",
                previousCa: undefined,
                istio: {
                    mode: "install",
                    profile: "demo",
                    set: [],
                    operator: undefined,
                    reissueMinutes: undefined,
                },
                workloads: { samples: true, injection: "label", maxConnectionMinutes: 0 },
                verification: { enabled: true, timeoutSeconds: 180, exclude: [] },
                alerts: undefined,
            },
        });
    });

    it("need no context if nothing is deployed", async () => {
        const settings = await settingsOf({ role: "standalone", deploy: "false", profile: "makefile" });
        assert.ok(settings.role === "standalone");
        assert.equal(settings.mesh, undefined);
        assert.deepEqual(settings.profile, profiles.makefile);
    });

    it("override the profile", async () => {
        const settings = await settingsOf({
            role: "root",
            keyAlgorithm: "RSA-3072",
            intermediateValidityDays: "100",
        });
        assert.ok(settings.role === "root");
        assert.deepEqual(settings.profile, {
            ...profiles.default,
            keyAlgorithm: "RSA-3072",
            intermediateValidityDays: 100,
        });
    });

    const wrong: Record<string, [Record<string, string>, string[]]> = {
        "no role": [
            {},
            [
                "role is missing. Allowed: root, cluster, standalone, ready. To do: pulumi config set role root --stack cluster1.",
            ],
        ],
        "an unknown role": [
            { role: "boss" },
            [
                'role is "boss". Allowed: root, cluster, standalone, ready. To do: pulumi config set role root --stack cluster1.',
            ],
        ],
        "no context": [
            { role: "cluster" },
            [
                "context is missing. Allowed: a context of the kubeconfig. To do: name the context of the cluster, see `kubectl config get-contexts`, or set deploy to false.",
            ],
        ],
        "an unknown setting": [
            { role: "root", generaton: "2" },
            [
                "generaton is unknown. Allowed: the settings that Pulumi.yaml declares. To do: correct it, or pulumi config rm generaton --stack cluster1.",
            ],
        ],
        "a file that is not there": [
            { role: "cluster", context: "c", istioOperator: "missing.yaml" },
            [
                'istioOperator is "missing.yaml". Allowed: the path of a file. To do: correct the path; it is relative to the project.',
            ],
        ],
        "what belongs to an outside signer": [
            { role: "cluster", context: "c", trustBundle: "package.json" },
            [
                'trustBundle is "a file without a PEM certificate, or with a damaged one". Allowed: a file of PEM certificates alone. To do: correct the file, or name another.',
                'trustBundle is "package.json". Allowed: nothing unless signer is outside. To do: set signer to outside, or remove it.',
            ],
        ],
        "a root key without its certificate": [
            { role: "root", rootKey: "the key" },
            [
                'rootKey is "a plain text". Allowed: a secret. To do: replace it, because all who can read the settings know it; then pulumi config set --secret rootKey --stack cluster1 < file.',
                "rootCertificate is missing. Allowed: the file of the certificate that rootKey belongs to, PEM. To do: name it, or remove rootKey.",
            ],
        ],
        "no CA, or a key for all to read": [
            { role: "ready", context: "c", caSource: "missing", caKey: "the key" },
            [
                'caKey is "a plain text". Allowed: a secret. To do: replace it, because all who can read the settings know it; then pulumi config set --secret caKey --stack cluster1 < file.',
                'caSource is "missing". Allowed: a folder with ca-cert.pem and so on, or the file of a Secret. To do: correct the path, which is relative to the project: missing does not exist.',
            ],
        ],
        "a CA in two places": [
            { role: "ready", context: "c", caSource: "certs", caSecret: "ca/cluster1" },
            [
                'caSource is "certs, beside caSecret ca/cluster1". Allowed: a folder with ca-cert.pem and so on, or the file of a Secret; otherwise caSecret, a Secret in the cluster. To do: name the one place where the CA is; a path is relative to the project.',
            ],
        ],
        "the Secret that the stack itself writes": [
            { role: "ready", context: "c", caSecret: "istio-system/cacerts" },
            [
                'caSecret is "istio-system/cacerts". Allowed: namespace/name of a Secret other than istio-system/cacerts. To do: name the Secret that cert-manager, Vault or you maintain, not the one that istiod reads.',
            ],
        ],
        "a sign command without its root": [
            { role: "root", signCommand: "openssl dgst -sign root-key.pem", profile: "makefile" },
            [
                'profile is "makefile". Allowed: default if signCommand signs. To do: remove profile, or sign with rootKey.',
                "rootCertificate is missing. Allowed: the file of the certificate that signCommand belongs to, PEM. To do: name it, or remove signCommand.",
            ],
        ],
        "an ambient mesh": [
            {
                role: "cluster",
                context: "c",
                istioProfile: "ambient",
                istioSet: '["components.ztunnel.enabled=true","profile=openshift-ambient","a=ambient"]',
                istioOperator: "tests/fixtures/ambient-operator.yaml",
            },
            [
                ["istioProfile", "ambient"],
                ["istioSet", "components.ztunnel.enabled=true"],
                ["istioSet", "profile=openshift-ambient"],
                ["istioOperator", "an IstioOperator with ztunnel"],
            ].map(
                ([key, value]) =>
                    `${key} is "${value}". Allowed: a mesh of sidecars: ambient's ztunnel is not supported yet. To do: choose a profile without ztunnel, such as default or demo.`,
            ),
        ],
        "a window as long as the validity": [
            { role: "root", intermediateValidityDays: "90" },
            [
                "renewalWindowDays is 90. Allowed: less than intermediateValidityDays, 90, or every `up` would renew. To do: lower it or raise intermediateValidityDays.",
            ],
        ],
        "an intermediate that would outlive its root": [
            { role: "root", rootValidityDays: "100" },
            [
                "intermediateValidityDays is 365. Allowed: at most rootValidityDays, 100: an intermediate must not outlive its root. To do: lower it or raise rootValidityDays.",
            ],
        ],
        "clusters that are none": [
            { role: "root", clusters: '["a","a","B_"]' },
            [
                'clusters is "B_". Allowed: DNS labels: at most 63 of a-z, 0-9 and -. To do: name the cluster\'s stack so.',
                'clusters is "a, a, B_". Allowed: each name once. To do: remove the repeated one.',
            ],
        ],
        "a root that signs and is not trusted": [
            { role: "root", roots: '["root","root-2"]', signingRoot: "root-3" },
            ['signingRoot is "root-3". Allowed: root, root-2. To do: name one of roots, or add it to them.'],
        ],
        "everything wrong at once": [
            {
                role: "cluster",
                profile: "x",
                keyAlgorithm: "RSA-1024",
                cluster: "No",
                generation: "0",
                deploy: "yes",
                context: "c",
                injection: "none",
                istioSet: '["a b"]',
                alertsLabels: '["release"]',
                reissueWithin: "2000h",
                verificationTimeoutSeconds: "1.5",
            },
            [
                'profile is "x". Allowed: default, makefile. To do: pulumi config set profile default --stack cluster1.',
                'keyAlgorithm is "RSA-1024". Allowed: ECDSA-P256, ECDSA-P384, RSA-2048, RSA-3072, RSA-4096. To do: pulumi config set keyAlgorithm ECDSA-P256 --stack cluster1.',
                'cluster is "No". Allowed: a DNS label: at most 63 of a-z, 0-9 and -. To do: name the cluster so.',
                'generation is "0". Allowed: an integer of at least 1. To do: pulumi config set generation 1 --stack cluster1.',
                'deploy is "yes". Allowed: true, false. To do: pulumi config set deploy true --stack cluster1.',
                'istioSet is "a b". Allowed: path=value. To do: write it as for `istioctl install --set`.',
                'reissueWithin is "2000h". Allowed: 1m to 1080h, as half of the longest lifetime that istiod signs. To do: set it to minutes or hours, such as 30m or 6h.',
                'injection is "none". Allowed: label, kube-inject. To do: pulumi config set injection label --stack cluster1.',
                'verificationTimeoutSeconds is "1.5". Allowed: an integer of at least 1. To do: pulumi config set verificationTimeoutSeconds 1 --stack cluster1.',
                'alertsLabels is "release". Allowed: key=value. To do: write it as for `kubectl label`.',
            ],
        ],
    };
    for (const [name, [config, faults]] of Object.entries(wrong)) {
        it(`with ${name} are refused`, async () => {
            const number = faults.length === 1 ? "1 fault" : `${faults.length} faults`;
            const heading = `The settings of stack cluster1 have ${number}; nothing was changed:`;
            await assert.rejects(settingsOf(config), (error) => {
                assert.ok(error instanceof pulumi.RunError);
                assert.deepEqual(error.message.split("\n  "), [
                    heading,
                    ...faults.map((fault) => `istio-plugin-ca:${fault}`),
                ]);
                return true;
            });
        });
    }
});
