import { createHash } from "node:crypto";
import { realpathSync } from "node:fs";
import { projectDir } from "../paths";

/**
 * What the names of everything outside `.local/` begin with: cgroups and the lock. It holds a hash of this
 * checkout's path, so that two checkouts on one machine never meet.
 */
export const checkoutPrefix =
    "ipca-" + createHash("sha256").update(realpathSync(projectDir)).digest("hex").slice(0, 8);
