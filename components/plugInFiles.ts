import * as pulumi from "@pulumi/pulumi";
import { PublicFiles, publicFiles } from "../pki/bundle";

/** The public files of `cacerts`, as publicFiles has them. @throws pulumi.RunError where a text is not plain PEM. */
export function plugInFiles(...args: Parameters<typeof publicFiles>): PublicFiles {
    try {
        return publicFiles(...args);
    } catch (error) {
        throw new pulumi.RunError(`${(error as Error).message} Nothing was changed.`);
    }
}
