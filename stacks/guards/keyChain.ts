import { Refusal } from "../refusal";
import { caExpiresSoon, MayExpire } from "./expiry";
import type { Guard } from "./guard";
import { MadeRoots, rootRemade } from "./remadeRoot";

/** What an `up` knows once the engine has the keys. */
export interface KeysKnown extends MayExpire {
    /** The roots that this stack made. */
    roots?: MadeRoots;
    /** Why the certificate of a key cannot be plugged in. */
    unusable?: Refusal | undefined;
}

/** What an `up` that is refused by its keys leaves as it is: they may have been made again by then. */
export const keysUnchanged = "No cluster was changed.";

/** Judged once the engine has the keys, before anything is signed or plugged in. */
export const byKeys: Guard<KeysKnown>[] = [
    rootRemade, // A root whose key is gone was made again under its name.
    certificateUnusable, // istiod would not accept the certificate of a key that this stack has.
    caExpiresSoon, // Nobody is about to renew the CA.
];

function certificateUnusable({ unusable }: KeysKnown): Refusal | undefined {
    return unusable;
}
