import assert from "node:assert/strict";
import { elements } from "../../../pki/der";
import { indefinite, integer, longTlv, nothing, octets, sequence, tlv } from "../../der";

const shortest = /not DER: a tag or length is not in its shortest form/;

describe("DER", () => {
    it("is read element by element, with lengths of one byte and of more", () => {
        for (const size of [0, 127, 128, 255, 256, 65_535, 65_536, 16_777_216]) {
            const [one, other] = [octets(Buffer.alloc(size)), integer(1)];
            assert.deepEqual(elements(sequence(one, other, nothing)), [one, other, nothing], String(size));
        }
        assert.deepEqual(elements(sequence()), []);
    });

    const malformed: Record<string, [Buffer, RegExp]> = {
        "bytes after it": [Buffer.concat([sequence(integer(1)), Buffer.from([0])]), /bytes are left over/],
        "less than its length": [sequence(integer(1)).subarray(0, -1), /it ends early/],
        "an element longer than the whole": [tlv(0x30, Buffer.from([0x02, 2, 1])), /it ends early/],
        "no length": [Buffer.from([0x30]), /it ends early|shortest form/],
        "a long length where a short one does": [longTlv(0x30, integer(1)), shortest],
        "127 in the long form": [Buffer.from([0x30, 0x81, 0x7f, ...Buffer.alloc(127)]), shortest],
        "a length with a leading zero": [Buffer.from([0x30, 0x82, 0, 0x80, ...Buffer.alloc(128)]), shortest],
        "an indefinite length": [indefinite(0x30, integer(1)), shortest],
        "a tag of more than a byte": [tlv(0x3f, Buffer.from([1])), shortest],
        "such a tag in it": [sequence(tlv(0x1f, Buffer.from([1]))), shortest],
        "a length of five bytes": [Buffer.from([0x30, 0x85, 1, 0, 0, 0, 0]), shortest],
        "an indefinite length in it": [sequence(indefinite(0x30, integer(1))), shortest],
    };
    for (const [what, [der, message]] of Object.entries(malformed)) {
        it(`is none with ${what}`, () => {
            assert.throws(() => elements(der), message);
        });
    }
});
