import * as assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as fs from "node:fs";
import * as os from "node:os";
import * as path from "node:path";
import * as fc from "fast-check";
import { Certificate } from "../../../pki/certificate";
import { encodePem, pemBlocks } from "../../../pki/pem";
import { pemFault } from "../../../pki/pemFault";
import { askIstiod } from "../../../pki/verdict/istiod";
import { pemTexts } from "../../pemTexts";
import { newKey, selfSigned } from "../../pki";
import { smuggledRequests } from "../../smuggledRequests";

/** What Go's encoding/pem finds in these; `pem.test.ts` of the integration tests asks it for thousands more. */
const known: Record<string, [string, string[]]> = {
    "a block": ["-----BEGIN A-----\nAAAA\n-----END A-----\n", ["A"]],
    two: ["-----BEGIN A-----\nAAAA\n-----END A-----\n-----BEGIN B-----\nAAAA\n-----END B-----\n", ["A", "B"]],
    "no newline at the end": ["-----BEGIN A-----\nAAAA\n-----END A-----", ["A"]],
    "a comment before": ["# x\n-----BEGIN A-----\nAAAA\n-----END A-----\n", ["A"]],
    "white space after the dashes": ["-----BEGIN A----- \t\nAAAA\n-----END A----- \t\n", ["A"]],
    "Windows line ends": ["-----BEGIN A-----\r\nAAAA\r\n-----END A-----\r\n", ["A"]],
    "a carriage return alone at the end": ["-----BEGIN A-----\nAAAA\n-----END A-----\r", []],
    "a byte order mark": ["\ufeff-----BEGIN A-----\nAAAA\n-----END A-----\n", []],
    "a space before BEGIN": [" -----BEGIN A-----\nAAAA\n-----END A-----\n", []],
    glued: ["-----BEGIN A-----\nAAAA\n-----END A----------BEGIN B-----\nAAAA\n-----END B-----\n", []],
    "begun twice": ["-----BEGIN A-----\n-----BEGIN B-----\nAAAA\n-----END B-----\n", ["B"]],
    "another END": ["-----BEGIN A-----\nAAAA\n-----END B-----\n", []],
    "an empty block": ["-----BEGIN A-----\n-----END A-----\n", ["A"]],
    headers: ["-----BEGIN A-----\na: b\n\nAAAA\n-----END A-----\n", ["A"]],
    "headers alone": ["-----BEGIN A-----\na: b\n-----END A-----\n", []],
    "a label with a colon": [
        "-----BEGIN A:-----\n-----END A:-----\n-----BEGIN B-----\nAAAA\n-----END B-----\n",
        [],
    ],
    "damaged, then whole": [
        "-----BEGIN A-----\nAAA\n-----END A-----\n-----BEGIN B-----\nAAAA\n-----END B-----\n",
        ["B"],
    ],
    "broken padding": ["-----BEGIN A-----\nAA=A\n-----END A-----\n", []],
    "padding in parts": ["-----BEGIN A-----\nAA=\n=\n-----END A-----\n", ["A"]],
};

describe("PEM", () => {
    for (const [name, [text, types]] of Object.entries(known)) {
        it(`with ${name} is read as Go reads it`, () => {
            assert.deepEqual(
                pemBlocks(text).map(({ type }) => type),
                types,
            );
        });
    }

    it("is read as the Go that judges CAs reads it, in texts of all kinds", () => {
        const none = { name: "none", text: "" };
        const smuggled = Object.values(smuggledRequests()).map(({ text }) => text);
        const made = fc.sample(pemTexts(smuggled.filter((text) => text.length < 10_000)), 300);
        const few = Object.values(known).map(([text]) => text);
        const texts = [...few, ...smuggled, ...made].filter(({ length }) => length < 100_000);
        for (const text of texts) {
            const ca = {
                caCert: { name: "a", text },
                caKey: none,
                certChain: none,
                rootCert: none,
                crl: none,
            };
            const { caCert } = askIstiod({ ca, now: new Date(), trustDomain: "cluster.local" });
            const ours = pemBlocks(text).map(({ type, headers, der, start }) => ({
                type,
                headers,
                line: text.slice(0, start).split("\n").length,
                der: type.includes("PRIVATE KEY") || der.length === 0 ? undefined : der.toString("base64"),
            }));
            const theirs = caCert.map(({ type, headers, line, der }) => ({ type, headers, line, der }));
            assert.deepEqual(ours, theirs, JSON.stringify(text.slice(0, 1000)));
        }
    }).timeout("60s");

    it("is written as Go writes it", () => {
        const block = (text: string) => `-----BEGIN A-----\n${text}-----END A-----\n`;
        assert.equal(encodePem("A", Buffer.alloc(0)), block(""));
        assert.equal(encodePem("A", Buffer.alloc(48)), block(`${"A".repeat(64)}\n`));
        assert.equal(encodePem("A", Buffer.alloc(49)), block(`${"A".repeat(64)}\nAA==\n`));
    });

    it("is read in linear time", () => {
        const texts = (size: number) => {
            const begins = "-----BEGIN A-----\n".repeat(size);
            const ends = "\n-----END A-----".repeat(size);
            const headers = `-----BEGIN A-----\n${"a: b\n".repeat(2.5 * size)}`;
            return [begins, ends, begins + ends, headers + ends, " ".repeat(25 * size) + ends];
        };
        const large = texts(100_000);
        texts(25_000).forEach((text, index) => {
            isLinear([text, large[index]!], (each) => {
                assert.ok(pemBlocks(each).length <= 1);
                pemFault(each.replaceAll("\n", ""), "certificates");
            });
        });
    }).timeout("60s");

    it("is read in linear time by the Go that judges CAs", () => {
        const block = encodePem("A", Buffer.alloc(300));
        isLinear([block.repeat(500), block.repeat(2000)], (text) => {
            const file = { name: "a", text };
            const ca = { caCert: file, caKey: file, certChain: file, rootCert: file, crl: file };
            askIstiod({ ca, now: new Date(), trustDomain: "cluster.local" });
        });
    }).timeout("60s");

    /** Whether four times the text takes four times as long: of CPU time, which other processes hardly lengthen, the fastest of three runs. */
    function isLinear([text, four]: [string, string], read: (text: string) => void): void {
        const microseconds = (each: string) => {
            const runs = [1, 2, 3].map(() => {
                const before = process.cpuUsage();
                read(each);
                const { user, system } = process.cpuUsage(before);
                return user + system;
            });
            return Math.min(...runs);
        };
        const [one, more] = [microseconds(text), microseconds(four)];
        // Quadratic is 16, and then seconds: less than a tenth of one may be noise.
        assert.ok(more < 10 * Math.max(one, 10_000), `${one} and ${more} µs`);
    }
});

describe("A file in which istiod finds less than people see", () => {
    let dir: string;
    let one: string;
    let both: string;

    before(async () => {
        dir = fs.mkdtempSync(path.join(os.tmpdir(), "pem-"));
        [one, both] = [await selfSigned(await newKey()), await selfSigned(await newKey())];
        both = one + both;
    });

    after(() => fs.rmSync(dir, { recursive: true }));

    /** What a command makes of a file, which is in the place of FILE. */
    const taken = (command: string, content: string | Buffer, file = "in.pem") => {
        fs.writeFileSync(path.join(dir, file), content);
        const run = command.replaceAll("FILE", file);
        return execFileSync("bash", ["-c", run], { cwd: dir, stdio: ["ignore", "pipe", "pipe"] }).toString();
    };
    const remedyIn = (text: string) => /`([^`]+)`/.exec(pemFault(text, "certificates")!.remedy)![1]!;

    const cases: Record<string, [(text: string) => string, string]> = {
        "a byte order mark": [(text) => `\ufeff${text}`, "it begins with a byte order mark"],
        "glued blocks": [
            (text) => text.replace("-----\n-----", "----------"),
            "two blocks are glued: an END and a BEGIN are on one line",
        ],
        "literal newlines": [
            (text) => text.replaceAll("\n", "\\n"),
            "its newlines are written as the two characters \\n",
        ],
        "indented blocks": [
            (text) => text.replaceAll(/^/gm, "  "),
            "it is indented: there are spaces before a BEGIN or END",
        ],
        "header lines": [
            (text) => text.replace("-----\n", "-----\nX: y\n\n"),
            "there are header lines inside a block",
        ],
        "OpenSSL's label": [
            (text) => text.replace(/CERTIFICATE/g, "X509 CERTIFICATE"),
            "a block is labelled X509 CERTIFICATE or TRUSTED CERTIFICATE",
        ],
        "a damaged block": [
            (text) => text.replace("A", "!"),
            "a block is damaged: its BEGIN does not start a line, its END line is missing, another one or longer, or its base64 is broken",
        ],
        "a block that is not ended": [
            (text) => text.replace(/-----END[^]*?-----\n/, ""),
            "a block is damaged: its BEGIN does not start a line, its END line is missing, another one or longer, or its base64 is broken",
        ],
    };
    for (const [name, [spoil, found]] of Object.entries(cases)) {
        it(`has ${name}, by its cause`, () => {
            assert.equal(pemFault(both, "certificates"), undefined);
            assert.equal(pemFault(spoil(both), "certificates")?.found, found);
        });
    }

    it("says how much of it is read", () => {
        const indented = (text: string) => text.replaceAll(/^/gm, "  ");
        assert.equal(
            pemFault(indented(both), "certificates")?.read,
            "it holds no PEM block that istiod can read, though 2 are begun",
        );
        assert.equal(
            pemFault(one + indented(one), "certificates")?.read,
            "istiod reads 1 of the 2 PEM blocks that are begun in it",
        );
    });

    it("is whole after the remedy: a byte order mark is taken away", () => {
        const text = `\ufeff${both}`;
        const command = remedyIn(text);
        assert.equal(taken(command, text), both);
    });

    it("is whole after the remedy: UTF-16 is converted", () => {
        const utf16 = Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(both, "utf16le")]);
        const fault = pemFault(utf16.toString(), "certificates");
        assert.equal(fault?.found, "it is UTF-16");
        assert.equal(taken(remedyIn(utf16.toString()), utf16), both);
    });

    it("is whole after the remedy: files are joined", () => {
        const [first, second] = Certificate.all(both).map(({ pem }) => pem) as [string, string];
        const glued = first.trimEnd() + second;
        const remedy = /`(awk[^`]+)`/.exec(pemFault(glued, "certificates")!.remedy)![1]!;
        taken("true", first.trimEnd(), "first");
        taken("true", second, "second");
        assert.equal(taken(remedy, "", "unused"), both);
    });

    it("is whole after the remedy: newlines are written, spaces before lines removed", () => {
        const literal = one.replaceAll("\n", "\\n");
        assert.equal(taken(remedyIn(literal), literal), one);
        const indented = one.replaceAll(/^(?=.)/gm, "  ");
        assert.equal(taken(remedyIn(indented), indented), one);
    });

    it("is whole after the remedy: a certificate is written again", () => {
        const headers = one.replace("-----\n", "-----\nX: y\n\n");
        const labelled = one.replace(/CERTIFICATE/g, "X509 CERTIFICATE");
        fs.writeFileSync(path.join(dir, "one.pem"), one);
        const trusted = taken("openssl x509 -in one.pem -trustout -addtrust serverAuth", "", "unused");
        assert.match(trusted, /BEGIN TRUSTED CERTIFICATE/);
        for (const text of [headers, labelled, trusted]) {
            const whole = taken(remedyIn(text), text);
            assert.equal(pemFault(whole, "certificates"), undefined);
            assert.equal(
                Certificate.all(whole)
                    .map((each) => each.pem)
                    .join(""),
                one,
            );
        }
    });

    it("shows nothing of a key", () => {
        const label = "PRIVATE KEY";
        const damaged = `-----BEGIN ${label}-----\nMC4CAQAwBQYDK2Vw!\n-----END ${label}-----\n`;
        assert.ok(!JSON.stringify(pemFault(damaged, "other")).includes("MC4C"));
    });
});
