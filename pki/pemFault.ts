import { otherForm } from "./otherForm";
import { inPool, PemBlock, pemBlocks, PemContent } from "./pem";
import { begunLabels } from "./pemMarks";

/** Labels by which OpenSSL, and no Go program, takes a block for a certificate. */
const otherLabels = ["X509 CERTIFICATE", "TRUSTED CERTIFICATE"];

/** Why Go finds less in a text than people see, and what to do. */
interface Cause {
    found: string;
    remedy: string;
}

/**
 * Why istiod, which reads PEM as Go does, finds less in a text than was put there; undefined if it finds all. Nothing of the text is
 * shown, because it may hold a key.
 */
export function pemFault(text: string, content: PemContent): (Cause & { read: string }) | undefined {
    const form = otherForm(text, content);
    if (form) {
        return { read: "it holds no PEM block that istiod can read", ...form };
    }
    const blocks = pemBlocks(text);
    const readable = content === "certificates" ? blocks.filter((block) => !ignored(block)) : blocks;
    const begun = begunLabels(text).length;
    if (readable.length >= begun) {
        return undefined;
    }
    const read =
        readable.length === 0
            ? `it holds no PEM block that istiod can read, though ${begun === 1 ? "one is" : `${begun} are`} begun`
            : `istiod reads ${readable.length} of the ${begun} PEM blocks that are begun in it`;
    return { read, ...cause(text, blocks) };
}

/** A block that a more lenient reader takes for a certificate. */
function ignored(block: PemBlock): boolean {
    return otherLabels.includes(block.type) || (block.type === "CERTIFICATE" && !inPool(block));
}

function cause(text: string, blocks: PemBlock[]): Cause {
    const [, found, remedy] = causes.find(([shows]) => shows(text, blocks))!;
    return { found, remedy };
}

function glued(text: string): boolean {
    return text.split("\n").some((line) => {
        const end = line.indexOf("-----END ");
        return end >= 0 && line.includes("-----BEGIN", end);
    });
}

const causes: [shows: (text: string, blocks: PemBlock[]) => boolean, found: string, remedy: string][] = [
    [
        (text) => text.includes("\0"),
        "it is UTF-16",
        "Save it as ASCII: `iconv -f UTF-16 -t ASCII FILE` writes it so.",
    ],
    [
        (text) => text.startsWith("\uFEFF"),
        "it begins with a byte order mark",
        "Save it as UTF-8 without a byte order mark: `sed '1s/^\\xEF\\xBB\\xBF//' FILE` writes it so.",
    ],
    [
        (text) => text.includes("-----\\n"),
        "its newlines are written as the two characters \\n",
        'Write them as newlines: `printf %b "$(cat FILE)"` does.',
    ],
    [
        glued,
        "two blocks are glued: an END and a BEGIN are on one line",
        "Put a newline between them. `cat` adds none if a file ends without one; `awk 1 first second` does.",
    ],
    [
        (text) => /^[ \t]+-----(BEGIN|END)/m.test(text),
        "it is indented: there are spaces before a BEGIN or END",
        "Let BEGIN and END start their lines: `sed 's/^[ \\t]*//' FILE` writes it so.",
    ],
    [
        (_, blocks) => blocks.some(({ type, headers }) => type === "CERTIFICATE" && headers),
        "there are header lines inside a block",
        "Remove them: `sed '/:/d' FILE` leaves out every line with a colon.",
    ],
    [
        (_, blocks) => blocks.some(({ type }) => otherLabels.includes(type)),
        `a block is labelled ${otherLabels.join(" or ")}`,
        "Let every label be CERTIFICATE: `openssl x509 -in FILE` writes it so.",
    ],
    [
        () => true,
        "a block is damaged: its BEGIN does not start a line, its END line is missing, another one or longer, or its base64 is broken",
        "Copy it again from its source, and compare the fingerprints.",
    ],
];
