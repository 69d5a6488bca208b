import { inlineSecret } from "../pki/signCommand";
import type { ConfigReader } from "./reader";

/** In which order clusters receive a change, and what decides whether the next ones do. */
export interface WavesSettings {
    /** The names and patterns of each wave, the canary first. */
    waves: string[][];
    /** A shell command that agrees to the next wave by exit status 0. */
    check: string | undefined;
}

/** How the command line of a health check would give a password or a token. What a variable or a file holds is not in its text. */
const inline =
    /\bBearer\s+(?=[^\s$"'])|--?(?:token|api-key)(?:=|\s+)(?=[^\s$"'])|:\/\/[^/\s:@]+:(?=[^\s$@]+@)|\s-u\s+[^\s:$]+:(?=[^\s$])/i;

const nameOrPattern = /^[-a-z0-9*]+$/;

/** Reads the waves of stack root's clusters. They do not matter to its `up`, and are no part of its inputs. */
export function readWaves(reader: ConfigReader): WavesSettings {
    const waves = (reader.list("waves") ?? []).map((wave) => wave.trim().split(/\s+/));
    for (const wave of waves.filter((each) => !each.every((name) => nameOrPattern.test(name)))) {
        reader.fault(
            "waves",
            wave.join(" "),
            "in each wave names of stacks and patterns such as eu-*, separated by blanks",
            "correct this wave, or remove it",
        );
    }
    const all = waves.flat();
    const twice = all.filter((name, index) => all.indexOf(name) !== index);
    if (twice.length > 0) {
        reader.fault("waves", twice.join(", "), "each name once", "remove it from all waves but one");
    }
    const check = reader.text("waveCheck");
    const found = check && (inlineSecret(check) ?? inline.exec(check)?.[0].trim());
    if (found) {
        const remedy = "let the command read it from a file of mode 0600, as curl does with --config";
        reader.fault(
            "waveCheck",
            `a command with ${found}…`,
            "one without a password or token, which every process on the machine could read among its arguments",
            remedy,
        );
    }
    if (check !== undefined && waves.length === 0) {
        reader.fault("waveCheck", check, "nothing without waves", "set waves, or remove waveCheck");
    }
    return { waves, check };
}

/** Whether a name, or a pattern in which * stands for any text, means a stack. */
export function means(pattern: string, stack: string): boolean {
    const parts = pattern.split("*").map((part) => part.replace(/[^-a-z0-9]/g, ""));
    return new RegExp(`^${parts.join(".*")}$`).test(stack);
}
