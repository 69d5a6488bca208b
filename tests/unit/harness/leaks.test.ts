import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { pemBlocks } from "../../../pki/pem";
import { leakForms } from "../../leakForms";
import { anyKey, LeakSearch } from "../../leaks";
import { csr, newKey, pem, privatePem, publicPem, selfSigned } from "../../pki";

const rsa = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
};

describe("The search for leaks", () => {
    for (const [name, algorithm] of Object.entries({ ECDSA: undefined, RSA: rsa })) {
        for (const [form, written] of Object.entries(leakForms)) {
            it(`finds an ${name} key as ${form}`, async () => {
                const key = await privatePem(await newKey(algorithm));
                const planted = Buffer.concat([
                    Buffer.from('Updating (root):\n  "inputs": '),
                    Buffer.from(written(key)),
                    Buffer.from("\nResources: 3 created"),
                ]);
                const found = new LeakSearch({ root: key }).leaks("up", planted);
                assert.ok(found.length > 0);
                assert.ok(form === "the first line of PEM" || found.some(({ secret }) => secret === "root"));
                assert.ok(
                    found.every(({ secret, source }) => ["root", anyKey].includes(secret) && source === "up"),
                );
            });
        }
    }

    it("says which secret it found, and not the secret", async () => {
        const [root, cluster] = [await privatePem(await newKey()), await privatePem(await newKey())];
        const found = new LeakSearch({ root, cluster }).leaks(
            "export",
            Buffer.from(cluster).toString("base64"),
        );
        assert.deepEqual(found, [
            { secret: anyKey, source: "export", form: "base64" },
            { secret: "cluster", source: "export", form: "base64 of base64" },
        ]);
    });

    it("finds each of several keys in one text", async () => {
        const [first, second] = [await privatePem(await newKey()), await privatePem(await newKey())];
        const found = new LeakSearch({ both: first + second }).leaks("log", pemBlocks(second)[0]!.der);
        assert.deepEqual(found, [{ secret: "both", source: "log", form: "" }]);
    });

    it("finds nothing in what belongs to a key and is public", async () => {
        const keys = await newKey();
        const texts = [await publicPem(keys), await selfSigned(keys), await csr(keys), "no PRIVATE KEY here"];
        const search = new LeakSearch({ key: await privatePem(keys) });
        assert.deepEqual(
            texts.flatMap((text) => search.leaks("public", text)),
            [],
        );
    });

    it("finds a damaged key, which is a key to whoever repairs it", () => {
        const damaged = pem(randomBytes(100), "PRIVATE KEY");
        const search = new LeakSearch({ damaged });
        assert.ok(search.leaks("error", JSON.stringify({ found: damaged })).length > 0);
    });

    it("finds passphrases, and tokens by their signature", () => {
        const part = (content: object) => Buffer.from(JSON.stringify(content)).toString("base64url");
        const [header, claims] = [part({ alg: "RS256" }), part({ sub: "system:serviceaccount:foo:sleep" })];
        const signature = randomBytes(256).toString("base64url");
        const passphrase = randomBytes(32).toString("base64");
        const search = new LeakSearch({ token: `${header}.${claims}.${signature}`, passphrase });
        const found = (text: string) => search.leaks("log", text).map(({ secret }) => secret);
        assert.deepEqual(found(`Authorization: Bearer ${header}.${claims}.${signature}`), ["token"]);
        assert.deepEqual(found(Buffer.from(`PASSPHRASE=${passphrase}`).toString("base64")), ["passphrase"]);
        assert.deepEqual(found(`${header}.${claims}.other`), []);
    });

    it("refuses what is too short to be distinguished from other texts", () => {
        assert.throws(() => new LeakSearch({ pin: "1234" }), {
            message: "pin is too short to be searched for",
        });
    });
});
