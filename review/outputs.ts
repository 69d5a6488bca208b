import { isDeepStrictEqual } from "node:util";
import { caCertFile, caCrlFile, certChainFile, PublicFiles, rootCertFile } from "../pki/caFiles";
import type { CertificateFacts } from "../pki/certificate";
import type { ClusterOutputs, RootOutputs } from "../stacks/outputs";
import { number, properties, record, text, texts, whole } from "./values";

/** What a review reads of a stack's outputs. A value that does not exist, or is not known before the `up`, is undefined. */
export type Outputs = Partial<ReturnType<typeof readOutputs>>;

/** An output of a stack that its `up` changes. */
export interface OutputChange {
    name: string;
    how: "new" | "changed" | "removed";
}

/** The part of an output that may be known before an `up`. */
type Known<T> = T extends object ? { [Name in keyof T]?: Known<T[Name]> } : T;

/** Reads a stack's outputs from the engine's events. */
export function readOutputs(values: unknown) {
    const { ca, root, roots, files, previousCa, formerCa } = properties(values);
    const { certificates, issued, revoked, crls, withheld, links } = properties(values);
    return {
        ca: intermediate(ca),
        root: facts(root),
        roots: record(facts)(roots),
        files: publicFiles(files),
        // Its name was formerCa in an earlier version.
        previousCa: facts(previousCa ?? formerCa),
        certificates: record(signed)(certificates),
        issued: record(issue)(issued),
        revoked: record(text)(revoked),
        crls: text(crls),
        withheld: texts(withheld),
        /** The stacks of linked clusters, by the clusters' names. */
        links: record((link) => text(properties(link)["stack"]))(links),
    } satisfies Omit<Known<RootOutputs & ClusterOutputs>, "links"> & { links?: unknown };
}

/** All outputs that an `up` changes, sorted by name; not the digest of its inputs, which says nothing that the others do not. */
export function outputChanges(before: unknown, after: unknown): OutputChange[] {
    const [old, next] = [properties(before), properties(after)];
    const names = [...new Set([...Object.keys(old), ...Object.keys(next)])].sort();
    return names
        .filter((name) => name !== "inputsDigest" && !isDeepStrictEqual(old[name], next[name]))
        .map((name) => ({ name, how: !(name in old) ? "new" : name in next ? "changed" : "removed" }));
}

function facts(value: unknown): CertificateFacts | undefined {
    const { subject, issuer, serial, fingerprint, notBefore, notAfter } = properties(value);
    return whole({
        subject: text(subject),
        issuer: text(issuer),
        serial: text(serial),
        fingerprint: text(fingerprint),
        notBefore: text(notBefore),
        notAfter: text(notAfter),
    });
}

function intermediate(value: unknown) {
    const { generation, renewFrom } = properties(value);
    const known = facts(value);
    return known && { ...known, generation: number(generation), renewFrom: text(renewFrom) };
}

function publicFiles(value: unknown): PublicFiles | undefined {
    const files = properties(value);
    const required = whole({
        [caCertFile]: text(files[caCertFile]),
        [certChainFile]: text(files[certChainFile]),
        [rootCertFile]: text(files[rootCertFile]),
    });
    const crls = text(files[caCrlFile]);
    return required && { ...required, ...(crls !== undefined && { [caCrlFile]: crls }) };
}

function signed(value: unknown) {
    const { generation, pem, renewFrom } = properties(value);
    return { generation: number(generation), pem: text(pem), renewFrom: text(renewFrom) };
}

function issue(value: unknown) {
    const { cluster, generation } = properties(value);
    return whole({ cluster: text(cluster), generation: number(generation) });
}
