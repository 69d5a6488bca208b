import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { execa } from "execa";
import { projectDir } from "../../local/paths";
import { Certificate } from "../../pki/certificate";
import { examplesDir, ForeignStack, packedPackage } from "./packed";

/** What an SDK in another language does: it names the component by its token, and the engine asks the plugin for it. */
const remote = `
const pulumi = require("@pulumi/pulumi");

class Remote extends pulumi.ComponentResource {
    constructor(type, name, args, outputs) {
        const unknown = Object.fromEntries(outputs.map((output) => [output, undefined]));
        super("istio-plugin-ca:index:" + type, name, { ...unknown, ...args }, {}, true);
    }
}

`;

const pki = `
const cluster = "cluster1";
const profile = { keyAlgorithm: "ECDSA-P384", rootValidityDays: 1825 };
const root = new Remote("RootCa", "root", { profile }, ["certPem", "privateKeyPem"]);
const { certPem, privateKeyPem } = root;
const ca = new Remote("IntermediateCa", cluster, { cluster }, ["certRequestPem", "privateKeyPem"]);
const certificate = new Remote(
    "IntermediateCertificate",
    cluster,
    { cluster, certRequestPem: ca.certRequestPem, ca: { certPem, privateKeyPem } },
    ["certPem", "certChainPem", "rootCertPem"],
);
module.exports = { caCertPem: certificate.certPem, rootCertPem: certificate.rootCertPem, key: ca.privateKeyPem };
`;

const verification = `
const where = { kubeconfig: "none", context: "none" };
new Remote("MeshVerification", "verification", { ...where, caCertPem: "", rootCertPem: "" }, ["summary"]);
`;

const plugin = path.join(examplesDir, "node_modules", "istio-plugin-ca", "dist", "plugin");

interface Preview {
    steps: { urn: string; newState: { inputs: Record<string, string> } }[];
}

interface Schema {
    resources: Record<string, { inputProperties?: object; requiredInputs?: string[]; properties?: object }>;
    types: Record<string, { enum?: { value: string }[] }>;
}

describe("The plugin for other languages, from the packed file", function () {
    this.timeout("10m");
    let stack: ForeignStack;

    before(async () => {
        await packedPackage();
        const dir = path.join(examplesDir, "remote");
        fs.mkdirSync(dir);
        fs.writeFileSync(path.join(dir, "index.js"), remote + pki);
        const plugins = { providers: [{ name: "istio-plugin-ca", path: plugin }] };
        const project = { name: "remote", runtime: "nodejs", main: "index.js", plugins };
        // YAML holds JSON.
        fs.writeFileSync(path.join(dir, "Pulumi.yaml"), JSON.stringify(project));
        stack = await ForeignStack.create(dir, {});
    });

    it("gives the engine its schema: every component, with its inputs and outputs", async () => {
        const { stdout } = await execa("pulumi", ["package", "get-schema", plugin], {
            cwd: stack.dir,
            env: stack.env,
        });
        const { resources, types } = JSON.parse(stdout) as Schema;
        const signatures = Object.entries(resources).map(([token, resource]) => [
            token.replace("istio-plugin-ca:index:", ""),
            (resource.requiredInputs ?? []).join(" "),
            Object.keys(resource.properties ?? {}).join(" "),
        ]);
        assert.deepEqual(signatures.sort(), [
            ["ApiServerCheck", "caPem cluster context kubeconfig namespace server", ""],
            ["CaCertsSecret", "caCertPem certChainPem privateKeyPem rootCertPem", "namespace"],
            [
                "CommandSignedCertificate",
                "certRequestPem cluster renewals rootCertPem signCommand validityDays",
                "certPem",
            ],
            ["ConnectionLimit", "minutes namespace", ""],
            ["EastWestGateway", "network", "addresses"],
            ["ExpiryAlerts", "caCertPem cluster namespace rootCertPem", ""],
            ["IntermediateCa", "cluster", "certRequestPem privateKeyPem publicKeyPem"],
            ["IntermediateCertificate", "ca certRequestPem cluster", "certChainPem certPem rootCertPem"],
            ["IstioInstall", "context kubeconfig namespace", "version"],
            ["IstioLeftovers", "context kubeconfig", "present"],
            ["IstiodReload", "caCertPem certChainPem context kubeconfig namespace rootCertPem", ""],
            ["MeshMatrix", "clusters kubeconfig", "summary"],
            ["MeshProbe", "cluster clusters", "namespace"],
            ["MeshVerification", "caCertPem context kubeconfig rootCertPem", "summary"],
            ["RemoteReader", "context kubeconfig", "caPem expires token"],
            ["RemoteSecret", "caPem cluster server", ""],
            ["RootCa", "", "certPem privateKeyPem"],
            ["SampleWorkloads", "context kubeconfig", "namespace"],
        ]);
        const algorithms = types["istio-plugin-ca:index:KeyAlgorithm"]?.enum?.map(({ value }) => value);
        assert.deepEqual(algorithms, ["ECDSA-P256", "ECDSA-P384", "RSA-2048", "RSA-3072", "RSA-4096"]);
    });

    it("creates components for a program that knows only their names", async () => {
        const up = await stack.succeed("up", "--yes", "--skip-preview");
        assert.doesNotMatch(up, /PRIVATE KEY/);
        const { caCertPem, rootCertPem, key } =
            await stack.outputs<Record<"caCertPem" | "rootCertPem" | "key", string>>();
        assert.equal(key, "[secret]");
        const [root] = Certificate.all(rootCertPem);
        const [intermediate] = Certificate.all(caCertPem);
        assert.ok(intermediate!.issuedBy(root!));
        assert.equal(root!.publicKey.asymmetricKeyDetails?.namedCurve, "secp384r1");
        assert.equal(root!.notAfter.getTime() - root!.notBefore.getTime(), 1825 * 86_400_000);
        const state = JSON.parse(await stack.succeed("stack", "export")) as {
            deployment: { resources: { urn: string; parent?: string }[] };
        };
        const parents = state.deployment.resources.map(({ urn, parent }) =>
            [urn, parent ?? ""].map((each) => each.split("::").slice(2).join(" ")).join(" in "),
        );
        assert.ok(
            parents.includes(
                "istio-plugin-ca:index:RootCa$tls:index/privateKey:PrivateKey root-key in istio-plugin-ca:index:RootCa root",
            ),
            parents.join("\n"),
        );
        assert.doesNotMatch(JSON.stringify(state), /PRIVATE KEY/);
    });

    it("changes nothing the next time", async () => {
        await stack.succeed("preview", "--expect-no-changes");
    });

    it("changes nothing if the checkout serves them, by its entry next to Pulumi.yaml", async () => {
        await servedFrom(projectDir, () => stack.succeed("preview", "--expect-no-changes"));
    });

    it("runs its programs from where they are", async () => {
        fs.writeFileSync(path.join(stack.dir, "index.js"), remote + verification);
        const program = path.join("verify", "main.js");
        assert.equal(await verifier(), fs.realpathSync(path.join(path.dirname(plugin), program)));
        assert.equal(
            await servedFrom(projectDir, verifier),
            fs.realpathSync(path.join(projectDir, "dist", program)),
        );
    });

    it("lists the components if a program asks for an unknown one", async () => {
        const file = path.join(stack.dir, "index.js");
        fs.writeFileSync(file, remote + pki.replace('"RootCa"', '"BootCa"'));
        const { exitCode, output } = await stack.pulumi("preview");
        assert.notEqual(exitCode, 0);
        assert.match(output, /There is no component istio-plugin-ca:index:BootCa, only .*RootCa/);
    });

    /** The program that a preview would verify with. */
    async function verifier(): Promise<string> {
        const output = await stack.succeed("preview", "--json");
        const { steps } = JSON.parse(output.slice(output.indexOf("{"))) as Preview;
        const command = steps.find(({ urn }) => urn.endsWith("::verification-handshakes"));
        const [node, file] = command!.newState.inputs["create"]!.split(" ");
        assert.equal(node, "node");
        return fs.realpathSync(path.resolve(stack.dir, file!));
    }

    /** Has the plugin of another folder serve the components meanwhile. */
    async function servedFrom<T>(dir: string, run: () => Promise<T>): Promise<T> {
        const file = path.join(stack.dir, "Pulumi.yaml");
        const project = fs.readFileSync(file, "utf8");
        fs.writeFileSync(file, project.replace(plugin, dir));
        try {
            return await run();
        } finally {
            fs.writeFileSync(file, project);
        }
    }
});
