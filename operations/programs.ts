import type { StackEntry } from "./project/project";

/** What a command does to a stack by its settings. */
interface Steps {
    /** What becomes of the stack, such as `rotated`. */
    done: string;
    /** By which settings, next to `role`. */
    settings: string[];
    /** How a program made of the components takes the same steps. */
    page: string;
}

/** @throws Error if a program made of the components has no settings that could do it. */
export function refusePrograms(stacks: StackEntry[], { done, settings, page }: Steps): void {
    const names = stacks.filter(({ role }) => role === "").map(({ name }) => name);
    if (names.length > 0) {
        const [stack, program] =
            names.length > 1 ? ["Stacks", "their programs have"] : ["Stack", "its program has"];
        const last = settings.at(-1);
        throw new Error(
            `${stack} ${names.join(", ")} cannot be ${done}: ${program} no settings role, ${settings.slice(0, -1).join(", ")} and ${last} by which to take the steps. Take them in the program, one \`pulumi up\` each: ${page}.`,
        );
    }
}
