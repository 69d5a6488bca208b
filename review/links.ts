import type { StackPreview } from "./preview";
import { types } from "./resource";

/** What the changes of a stack that links clusters mean for the requests between them. */
export function ofLinks({ resources }: StackPreview): string[] {
    return resources.flatMap(({ type, name, operation }) => {
        const [, holder, read] = /^(.+)-reads-(.+)-secret$/.exec(name) ?? [];
        if (type !== types.secret || holder === undefined) {
            return [];
        }
        switch (operation) {
            case "create":
                return [
                    `\`${holder}\` reads \`${read}\`: requests of its workloads reach those of \`${read}\`, too.`,
                ];
            case "update":
                return [
                    `\`${holder}\` reads \`${read}\` by another token or at another address. Its workloads keep their endpoints meanwhile.`,
                ];
            case "delete":
                return [
                    `\`${holder}\` no longer reads \`${read}\`: its workloads' requests to what runs in \`${read}\` only fail.`,
                ];
            case "replace":
                return [
                    `The Secret by which \`${holder}\` reads \`${read}\` is deleted and created again: in between, its workloads' requests to what runs in \`${read}\` only fail.`,
                ];
            default:
                return [];
        }
    });
}
