/** A DER element: its tag, and its content's bytes or elements. */
export function tlv(tag: number, ...content: Uint8Array[]): Buffer {
    const value = Buffer.concat(content);
    return Buffer.concat([Buffer.from([tag]), lengthOf(value.length), value]);
}

/** The same with a length in BER's long form, which DER does not allow here. */
export function longTlv(tag: number, ...content: Uint8Array[]): Buffer {
    const value = Buffer.concat(content);
    return Buffer.concat([Buffer.from([tag, 0x84, 0, 0, value.length >> 8, value.length & 0xff]), value]);
}

/** The same with BER's indefinite length. */
export function indefinite(tag: number, ...content: Uint8Array[]): Buffer {
    return Buffer.concat([Buffer.from([tag, 0x80]), ...content, Buffer.from([0, 0])]);
}

export const sequence = (...content: Uint8Array[]) => tlv(0x30, ...content);
export const set = (...content: Uint8Array[]) => tlv(0x31, ...content);
export const octets = (...content: Uint8Array[]) => tlv(0x04, ...content);
export const bits = (value: Uint8Array) => tlv(0x03, Buffer.from([0]), value);
export const integer = (value: number) => tlv(0x02, Buffer.from([value]));
export const nothing = tlv(0x05);

/** An object identifier, such as `2.5.4.3`. */
export function oid(dotted: string): Buffer {
    const [first, second, ...rest] = dotted.split(".").map(Number);
    const digits = [first! * 40 + second!, ...rest].flatMap((arc) => {
        const base128 = [arc & 0x7f];
        for (let left = arc >>> 7; left > 0; left >>>= 7) {
            base128.unshift((left & 0x7f) | 0x80);
        }
        return base128;
    });
    return tlv(0x06, Buffer.from(digits));
}

/** The tags of the string types. */
export const strings = {
    utf8: 0x0c,
    numeric: 0x12,
    printable: 0x13,
    teletex: 0x14,
    ia5: 0x16,
    universal: 0x1c,
    bmp: 0x1e,
};

/** A string of a type. */
export function text(type: keyof typeof strings, value: string): Buffer {
    const wide = { bmp: 2, universal: 4 }[type as string];
    const bytes = wide
        ? Buffer.concat(
              [...value].map((each) =>
                  Buffer.from(
                      each
                          .codePointAt(0)!
                          .toString(16)
                          .padStart(wide * 2, "0"),
                      "hex",
                  ),
              ),
          )
        : Buffer.from(value, type === "utf8" ? "utf8" : "latin1");
    return tlv(strings[type], bytes);
}

function lengthOf(length: number): Buffer {
    if (length < 0x80) {
        return Buffer.from([length]);
    }
    const hex = length.toString(16);
    const digits = Buffer.from(hex.padStart(hex.length + (hex.length % 2), "0"), "hex");
    return Buffer.concat([Buffer.from([0x80 + digits.length]), digits]);
}
