import { V1Pod } from "@kubernetes/client-node";
import { nameOf } from "./proxyPods";

/** Which proxies an operator leaves out of the verification, in whatever state they are. */
export class Exclusions {
    private readonly patterns: { text: string; pattern: RegExp }[];

    /** @param texts - each `namespace/pod`, or `node/name` for all pods of a node; `*` stands for any characters */
    constructor(texts: string[]) {
        this.patterns = texts.map((text) => ({ text, pattern: patternOf(text) }));
    }

    /** What is wrong with a text; undefined if nothing is. */
    static fault(text: string): string | undefined {
        if (!/^[a-z0-9*]([-a-z0-9*]*)\/[a-z0-9*]([-.a-z0-9*]*)$/.test(text)) {
            return "namespace/pod or node/name, with * for any characters";
        }
        return /^(\*+|node)\/\*+$/.test(text)
            ? "less than every proxy; to verify none, set verification to false"
            : undefined;
    }

    /** The text that leaves a pod out; undefined if none does. */
    of(pod: V1Pod): string | undefined {
        return this.patterns.find(({ pattern }) => matches(pattern, pod))?.text;
    }

    /** The texts that match none of these pods, such as a misspelled one. */
    idle(pods: V1Pod[]): string[] {
        return this.patterns
            .filter(({ pattern }) => !pods.some((pod) => matches(pattern, pod)))
            .map(({ text }) => text);
    }
}

function matches(pattern: RegExp, pod: V1Pod): boolean {
    return [nameOf(pod), `node/${pod.spec?.nodeName ?? ""}`].some((name) => pattern.test(name));
}

function patternOf(text: string): RegExp {
    const escaped = text.split(/\*+/).map((part) => part.replace(/[.\\+?^${}()|[\]]/g, "\\$&"));
    return new RegExp(`^${escaped.join(".*")}$`);
}
