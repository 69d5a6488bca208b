import { rootCertFile } from "../pki/caFiles";
import { Certificate, CertificateFacts, shorten } from "../pki/certificate";
import { Outputs } from "./outputs";
import { StackPreview } from "./preview";

/** A root that workloads will trust. */
export interface Root {
    /** Its name in the settings of stack root; undefined if no preview shows it. */
    name?: string;
    /** Undefined if the `up` creates it. */
    certificate?: CertificateFacts;
}

/** How the trusted roots change. */
export interface Roots {
    kept: Root[];
    /** A root that replaces another of the same name is in here, and the other is in lost. */
    added: Root[];
    lost: Root[];
    /** The root that signs the CA in use; for stack root, the one that signs all CAs. */
    signer: { before?: Root; after?: Root };
}

/** @param all - the previews of all stacks; that of root has the names of the roots */
export function roots(preview: StackPreview, all: StackPreview[] = [preview]): Roots {
    const names = rootNames(all);
    const root = (certificate: CertificateFacts): Root => ({
        name: names.get(certificate.fingerprint),
        certificate,
    });
    const [old, next] = [preview.before, preview.after].map((outputs) => trusted(preview, outputs, root));
    const [before, after] = [preview.before, preview.after].map(
        (outputs) => outputs.root && root(outputs.root),
    );
    return {
        kept: old!.filter(within(next!)),
        added: next!.filter((each) => !within(old!)(each)),
        lost: next!.length > 0 ? old!.filter((each) => !within(next!)(each)) : [],
        signer: { before, after },
    };
}

/** Whether workloads trust both the root that signs before the change and the one that signs after it, throughout. */
export function overlap(preview: StackPreview): boolean {
    const { kept, signer } = roots(preview);
    const { before, after } = signer;
    return before === undefined || [before, after].every((each) => each && within(kept)(each));
}

/** Whether another root will sign. */
export function signerTurns({ signer: { before, after } }: Roots): boolean {
    return before !== undefined && !(after && within([before])(after));
}

/** A root in words. */
export function called({ name, certificate }: Root): string {
    return name === undefined ? `root \`${shorten(certificate!.fingerprint)}\`` : `\`${name}\``;
}

function within(list: Root[]): (root: Root) => boolean {
    return ({ certificate }) =>
        certificate !== undefined &&
        list.some((each) => each.certificate?.fingerprint === certificate.fingerprint);
}

/** The roots that workloads trust. A root that the `up` creates is not known before. */
function trusted(
    { role, after }: StackPreview,
    outputs: Outputs,
    named: (certificate: CertificateFacts) => Root,
): Root[] {
    const { roots, root, files } = outputs;
    switch (role) {
        case "root":
            return Object.entries(roots ?? {}).map(([name, certificate]) => ({ name, certificate }));
        case "standalone":
            return root ? [named(root)] : outputs === after ? [{}] : [];
        default:
            return Certificate.all(files?.[rootCertFile] ?? "")
                .map(({ facts }) => facts)
                .map(named);
    }
}

function rootNames(all: StackPreview[]): Map<string, string> {
    const named = all.flatMap(({ before, after }) =>
        [before, after].flatMap(({ roots = {} }) => Object.entries(roots)),
    );
    return new Map(named.flatMap(([name, root]) => (root ? [[root.fingerprint, name]] : [])));
}
