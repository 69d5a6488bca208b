import assert from "node:assert/strict";
import * as fs from "node:fs";
import * as path from "node:path";
import { examplesDir, packedPackage } from "./packed";

interface Property {
    description?: string;
    secret?: boolean;
}

interface Documented {
    description?: string;
    inputProperties?: Record<string, Property>;
    requiredInputs?: string[];
    properties?: Record<string, Property>;
    required?: string[];
    enum?: { name: string; description?: string }[];
}

/** Something that SDKs show with its description. */
interface Shown extends Property {
    /** Such as `RootCa.profile`. */
    place: string;
    optional?: boolean;
}

/** Words that are not names in Python and Java, whose SDKs escape them; Go and C# write all names with a capital. */
const keywords = new Set(
    `abstract and as assert async await boolean break byte case catch char class const continue def default del do double elif
    else enum except extends final finally float for from global goto if implements import in instanceof int interface is
    lambda long native new nonlocal not or package pass private protected public raise return short static strictfp super
    switch synchronized this throw throws transient try void volatile while with yield`.split(/\s+/),
);

describe("The schema of the packed plugin, which SDKs are made from", function () {
    this.timeout("10m");
    let shown: Shown[];
    let types: string[];

    before(async () => {
        await packedPackage();
        const file = path.join(examplesDir, "node_modules/istio-plugin-ca/dist/plugin/schema.json");
        const schema = JSON.parse(fs.readFileSync(file, "utf8")) as Record<
            "resources" | "types",
            Record<string, Documented>
        >;
        shown = Object.entries({ ...schema.resources, ...schema.types }).flatMap(([token, each]) =>
            shownOf(token.split(":").at(-1)!, each),
        );
        types = Object.keys(schema.types).map((token) => token.split(":").at(-1)!);
        assert.ok(shown.length > 200, `${shown.length} found`);
    });

    /** Where something that a test rejects is. */
    const places = (rejected: (each: Shown & { text: string }) => boolean) =>
        shown
            .filter((each) => rejected({ ...each, text: each.description ?? "" }))
            .map(({ place, description }) => `${place}: ${description ?? "nothing"}`);

    it("describes every component, argument, output, type and value in sentences", () => {
        assert.deepEqual(
            places(({ text }) => !/^(?:[A-Z`]|istiod )[^]*\.$/.test(text)),
            [],
        );
    });

    it("says of each what it is, next to its form and default", () => {
        const forms = /^(?:(?:PEM|Public|Secret|Days|Default: [^.]*)(?: \(RFC \d+\))?\.\s*)+$/;
        assert.deepEqual(
            places(({ text }) => forms.test(text)),
            [],
        );
    });

    it("says what happens without each argument and output that may be left out", () => {
        assert.deepEqual(
            places(({ optional = false, text }) => optional && !/Default: |[Aa]bsent/.test(text)),
            [],
        );
    });

    it("says nothing that only programs in TypeScript understand", () => {
        const names = [...new Set(shown.map(({ place }) => place.split(".").at(-1)!))];
        // In Python it is cert_pem, in Go CertPem. What has dots before it is a value of Istio.
        const spelled = names.filter((name) => /^[a-z]+[A-Z]/.test(name)).join("|");
        const foreign = new RegExp(
            `\\{@|\\bundefined\\b|\\bnull\\b|Partial<|pulumi\\.|(?<![\\w.])(?:${spelled})\\b`,
        );
        assert.deepEqual(
            places(({ text }) => foreign.test(text)),
            [],
        );
    });

    it("names nothing as only TypeScript does", () => {
        // SDKs append Args themselves.
        assert.deepEqual(
            types.filter((name) => /^(?:Partial|Required)|Args$/.test(name)),
            [],
        );
        // Classes of one module in Python, where a class and its arguments are X and XArgs.
        assert.deepEqual(
            types.filter((name) => shown.filter(({ place }) => place === name).length > 1),
            [],
        );
        // In C#, a class has no member of its own name.
        assert.deepEqual(
            shown.filter(({ place }) => /^(\w+)\.\1$/i.test(place)),
            [],
        );
        const escaped = shown.filter(({ place }) => keywords.has(place.split(".").at(-1)!));
        assert.deepEqual(
            escaped.map(({ place }) => place),
            // Python's SDK has it as from_.
            ["Cell.from"],
        );
    });

    it("marks secrets, so that SDKs keep them as such", () => {
        const secrets = shown.filter(({ secret }) => secret).map(({ place }) => place);
        assert.deepEqual(secrets.sort(), [
            "CaCertsSecret.privateKeyPem",
            "CommandSignedCertificate.signCommand",
            "IntermediateCa.privateKeyPem",
            "RemoteReader.token",
            "RemoteSecret.token",
            "RootCa.privateKeyPem",
            "SigningPair.privateKeyPem",
        ]);
    });
});

function shownOf(name: string, documented: Documented): Shown[] {
    const { inputProperties, requiredInputs, properties, required } = documented;
    const of = (values: Record<string, Property> = {}, needed: string[] = []) =>
        Object.entries(values).map(([each, property]) => ({
            ...property,
            place: `${name}.${each}`,
            optional: !needed.includes(each),
        }));
    const values = (documented.enum ?? []).map((value) => ({ ...value, place: `${name}.${value.name}` }));
    return [
        { place: name, ...documented },
        ...of(inputProperties, requiredInputs),
        ...of(properties, required),
        ...values,
    ];
}
