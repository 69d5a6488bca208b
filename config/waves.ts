import { inlineSecret } from "../pki/signCommand";
import type { ConfigReader } from "./reader";

/** In which order clusters receive a change, and what decides whether the next ones do. */
export interface WavesSettings {
    /** The names, patterns and labels of each wave, the canary first. */
    waves: string[][];
    /** A shell command that agrees to the next wave by exit status 0. */
    check: string | undefined;
}

/** How the command line of a health check would give a password or a token. What a variable or a file holds is not in its text. */
const inline =
    /\bBearer\s+(?=[^\s$"'])|--?(?:token|api-key)(?:=|\s+)(?=[^\s$"'])|:\/\/[^/\s:@]+:(?=[^\s$@]+@)|\s-u\s+[^\s:$]+:(?=[^\s$])/i;

const nameOrPattern = /^[-a-z0-9*]+$/;

/** As `kubectl label` takes it. */
const label = /^[^=\s]+=[^=\s]*$/;

/** Reads the waves of stack root's clusters. They do not matter to its `up`, and are no part of its inputs. */
export function readWaves(reader: ConfigReader): WavesSettings {
    const waves = (reader.list("waves") ?? []).map((wave) => wave.trim().split(/\s+/));
    for (const wave of waves.filter((each) => !each.every(isMember))) {
        reader.fault(
            "waves",
            wave.join(" "),
            "in each wave names of stacks, patterns such as eu-*, and labels such as region=eu, separated by blanks",
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

/** Reads the labels of a cluster, by which waves select it. They do not matter to its `up`, and are no part of its inputs. */
export function readLabels(reader: ConfigReader): string[] {
    const labels = reader.list("labels") ?? [];
    for (const each of labels.filter((text) => !label.test(text))) {
        reader.fault("labels", each, "key=value", "write it as for `kubectl label`");
    }
    return labels;
}

/** Whether a name, a pattern in which * stands for any text, or a label selects a cluster. */
export function selects(member: string, stack: string, labels: string[]): boolean {
    if (label.test(member)) {
        return labels.includes(member);
    }
    const parts = member.split("*").map((part) => part.replace(/[^-a-z0-9]/g, ""));
    return new RegExp(`^${parts.join(".*")}$`).test(stack);
}

/** Whether a member of a wave selects one stack, by its name. */
export function isName(member: string): boolean {
    return !member.includes("*") && !label.test(member);
}

function isMember(text: string): boolean {
    return nameOrPattern.test(text) || label.test(text);
}
