/** The steps to a property: names, and indices in lists. */
export type PropertyPath = (string | number)[];

/** The path as Pulumi writes it: `data["a.b"]`, `spec.containers[0].image`. */
export function formatPath(path: PropertyPath): string {
    return path.reduce<string>((text, step) => {
        if (typeof step === "number") {
            return `${text}[${step}]`;
        }
        if (/[."[\]]/.test(step)) {
            return `${text}["${step.replaceAll('"', '\\"')}"]`;
        }
        return text ? `${text}.${step}` : step;
    }, "");
}

/** The steps of a path as a program writes it for `ignoreChanges`; `*` is any name or index. */
export function parsePath(text: string): PropertyPath {
    return [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]|\[(\*)\]|([^.[\]]+)/g)].map(
        ([, quoted, index, any, name]) =>
            index === undefined ? (quoted?.replaceAll('\\"', '"') ?? any ?? name ?? "") : Number(index),
    );
}

/** Whether the path is the ancestor or one of the properties below it. */
export function pathContains(ancestor: PropertyPath, path: PropertyPath): boolean {
    return (
        ancestor.length <= path.length &&
        ancestor.every((step, index) => step === "*" || step === path[index])
    );
}
