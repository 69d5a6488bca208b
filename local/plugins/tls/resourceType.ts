import * as rpc from "../provider";
import { ResourceSchema } from "./schema";

/** One kind of resource: its properties, and how one is made. */
export interface ResourceType extends ResourceSchema {
    /**
     * @param planned the inputs with defaults filled in.
     * @returns what was unknown in the plan, `id` among it.
     * @throws Error with the words of the official provider.
     */
    create(planned: rpc.PropertyMap, warn: (message: string) => Promise<void>): Promise<Created>;
}

export type Created = rpc.PropertyMap & { id: string };
