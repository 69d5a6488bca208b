import assert from "node:assert/strict";
import { commandSigner } from "../../../components/scripts/commandSigner";
import { inlineSecret } from "../../../pki/signCommand";

describe("A sign command", () => {
    const secrets: Record<string, string> = {
        'openssl dgst -sha256 -engine pkcs11 -keyform engine -sign "pkcs11:object=root;pin-value=1234"':
            "pin-value=",
        "openssl dgst -sha256 -sign 'pkcs11:object=root?pin-value=1234'": "pin-value=",
        "openssl dgst -sha256 -sign root.key -passin pass:secret": "pass:",
        "pkcs11-tool --sign --pin 1234": "--pin",
        "pkcs11-tool --sign --pin=1234": "--pin=",
        "pkcs11-tool --sign --so-pin 1234": "--so-pin",
        "sign --password secret": "--password",
        "sign --passwd=secret": "--passwd=",
        "sign -pin 1234": "-pin",
        "SIGN --PIN 1234": "--PIN",
        "--pin 1234": "--pin",
        "sign\t--pin\t 1234": "--pin",
        "sign --pin environment:1": "--pin",
    };
    for (const [command, found] of Object.entries(secrets)) {
        it(`with ${found} is refused, wherever it comes from`, () => {
            assert.equal(inlineSecret(command), found);
            assert.throws(
                () => commandSigner(command),
                ({ message }: Error) => {
                    assert.ok(
                        message.startsWith(`The sign command holds a secret, ${found}…: every process`),
                    );
                    assert.match(message, /To do: put it into a file of mode 0600 .*pin-source=file:/);
                    assert.doesNotMatch(message, /1234|=secret|:secret/);
                    return true;
                },
            );
        });
    }

    it("without one is not", () => {
        for (const command of [
            'openssl dgst -sha256 -engine pkcs11 -keyform engine -sign "pkcs11:object=root;pin-source=file:/run/pin"',
            "openssl dgst -sha256 -sign root.key -passin file:/run/pin",
            "pkcs11-tool --sign --pin env:PIN",
            "./sign-with-bypass:1 --spinner on",
            "sign --no-pin 1",
            "sign --pin-file /run/pin",
            "sign --password file:/run/pin",
            "sign --so-pin=env:PIN",
            "sign ---pin 1234",
            "sign --pin",
            "aws kms sign --key-id alias/root",
        ]) {
            assert.equal(inlineSecret(command), undefined, command);
        }
    });
});
