import * as path from "node:path";
import { execa } from "execa";
import { goPrograms } from "./goPrograms";

/** What Go's encoding/pem and crypto/x509 read of a text, as tests/pem-go reports it. DER is base64. */
export interface GoReading {
    blocks: GoBlock[];
    /** The first block as a request, if Go accepts it as one. */
    request?: GoRequest;
    /** How many of its certificates a pool accepts. */
    pool: number;
}

export interface GoBlock {
    type: string;
    der: string;
    headers: boolean;
    /** How many bytes are left after it. */
    rest: number;
    /** The block as Go writes it, without headers. */
    encoded: string;
}

export interface GoRequest {
    der: string;
    /** Whether its signature verifies. */
    signed: boolean;
    subject: string;
    attributes: number;
    /** Null: none. */
    names: string[] | null;
    extensions: string[] | null;
    key: string;
}

/** Has Go read texts. */
export async function readByGo(texts: string[]): Promise<GoReading[]> {
    const program = path.join(await goPrograms("pem-go", "."), "pem-go");
    const input = texts.map((text) => `${Buffer.from(text).toString("base64")}\n`).join("");
    const { stdout } = await execa(program, { input, maxBuffer: 2 ** 30 });
    return stdout.split("\n").map((line) => JSON.parse(line) as GoReading);
}
