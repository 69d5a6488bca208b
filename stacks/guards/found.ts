import type { Change } from "../change";
import { Refusal } from "../refusal";

/** The cluster is the one that the mesh is in. @throws Refused if it is another one, or that cannot be found out. */
export async function clusterFound({ identity }: Change): Promise<Refusal | undefined> {
    await identity();
    return undefined;
}

/** This stack's CA and a previous one can be plugged in. @throws Refused if one cannot be read or used. */
export async function caFound({ plan }: Change): Promise<Refusal | undefined> {
    await plan();
    return undefined;
}
