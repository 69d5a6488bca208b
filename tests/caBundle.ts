import type { CaFiles } from "../pki/caFiles";
import type { CheckOptions } from "../pki/rules/checkCa";

/** Files of a CA, what must be found in them, and what they are checked against. */
export interface CaBundle {
    files: CaFiles;
    /** The rules that they break, in their order, each with a part of what was found after a colon. */
    rules: string[];
    options?: CheckOptions;
}
