import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { expiryRules } from "../../../components/expiryRules";
import { expiryThresholds } from "../../../components/expiryThresholds";
import { secretChecks } from "../../../verify/cacertsSecret";
import { chainChecks } from "../../../verify/chain";
import { istiodChecks } from "../../../verify/istiod";
import * as refusal from "../../../verify/refusal";
import { configMapCheck } from "../../../verify/rootConfigMaps";
import { verifyCheck } from "../../../verify/servedChain";
import { readinessCheck, requestChecks } from "../../../verify/workloads";
import { makeCa, makeLeaf } from "../verify/certificates";
import { checkout, pageOf } from "./pages";

const first = (file: string) => pageOf(file).rows.map(([cell]) => cell!.replaceAll("`", ""));

describe("docs/policies.md", () => {
    it("has each policy with its level and its settings", async () => {
        const files = fs.globSync("policy/*.ts", { cwd: checkout, exclude: ["policy/pack.ts"] });
        const modules = await Promise.all(
            files.map((file) => import(path.join(checkout, file)) as Promise<object>),
        );
        const policies = modules
            .flatMap((module) => Object.values(module) as Partial<Policy>[])
            .filter((each): each is Policy => each?.enforcementLevel !== undefined);
        assert.ok(policies.length > 5, `${policies.length} found`);
        const rows = new Map(
            pageOf("docs/policies.md").rows.map(([name, level, , settings]) => [name, { level, settings }]),
        );
        for (const { name, enforcementLevel, configSchema } of policies) {
            const { level, settings = "" } = rows.get(`\`${name}\``) ?? {};
            assert.equal(level, enforcementLevel, name);
            const named = [...settings.matchAll(/`(\w+)`/g)].map(([, key]) => key!);
            for (const key of Object.keys(configSchema?.properties ?? {})) {
                assert.ok(named.includes(key), `${name}: ${key}`);
            }
        }
        assert.equal(rows.size - 1, policies.length);
    });
});

interface Policy {
    name: string;
    enforcementLevel: string;
    configSchema?: { properties: object };
}

describe("docs/alerts.md", () => {
    const day = 86_400_000;
    const life = (days: number) => ({
        notBefore: new Date(0).toISOString(),
        notAfter: new Date(days * day).toISOString(),
    });
    const thresholds = expiryThresholds(life(3650), {
        ...life(365),
        renewFrom: new Date(275 * day).toISOString(),
    });

    it("says of each alert when it fires, and what to do", () => {
        const alerts = new Set(expiryRules("cluster1", thresholds).rules.map(({ alert }) => alert));
        assert.deepEqual(
            first("docs/alerts.md").filter((name) => name.startsWith("Istio")),
            [...alerts, ...alerts],
        );
    });

    it("says the thresholds of the profile default", () => {
        const {
            intermediateWarningDays,
            intermediateCriticalDays,
            workloadWarningHours,
            workloadCriticalHours,
        } = thresholds;
        const { text } = pageOf("docs/alerts.md");
        for (const wanted of [
            `a third of the renewal window has passed: ${intermediateWarningDays} days left`,
            `two thirds have passed: ${intermediateCriticalDays} days left`,
            `${workloadWarningHours} hours | ${workloadCriticalHours} hours |`,
        ]) {
            assert.ok(text.includes(wanted), wanted);
        }
    });
});

describe("docs/verification.md", () => {
    it("says of each check what it proves, and what to do when it fails", async () => {
        const root = await makeCa("Root CA");
        const ca = await makeCa("Intermediate CA", { issuer: root });
        const leaf = await makeLeaf(ca, [{ type: "url", value: "spiffe://cluster.local/ns/foo/sa/sleep" }]);
        const [served, expected] = [
            [leaf.certificate, ca.certificate, root.certificate],
            { caCert: ca.certificate, roots: [root.certificate] },
        ];
        const transfer = { exitcode: 60, errormsg: "", certs: "x", http_code: 0 } as Parameters<
            typeof verifyCheck
        >[1];
        const checks = [
            ...istiodChecks("istiod", { leaf: leaf.certificate, fault: undefined }, expected),
            ...secretChecks(undefined, expected),
            configMapCheck(["foo"], [], expected),
            readinessCheck({ server: undefined, client: undefined }),
            ...["httpbin", "sleep"].flatMap((workload) => [
                ...chainChecks({ name: workload, spiffeId: "spiffe://x" }, served, expected),
                verifyCheck(workload, transfer),
            ]),
            ...requestChecks({ http_code: 200, errormsg: null }, "", "spiffe://x", undefined),
            refusal.plaintext(transfer),
            refusal.withoutCertificate(transfer),
            refusal.foreignCertificate(transfer),
        ].map(({ name }) => name);
        const explained = pageOf("docs/verification.md")
            .rows.filter((cells) => cells.length === 3)
            .flatMap(([cell]) => [...cell!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
        assert.deepEqual(explained.sort(), [...checks, "proxies: trust bundle and CA"].sort());
    });
});
