import { PropertyMap } from "../provider";

/** A `Status` by which the API server refuses a request. */
export class StatusError extends Error {
    constructor(
        message: string,
        /** The HTTP status. */
        readonly code: number,
        /** Such as `NotFound`, `AlreadyExists`, `Conflict`, `Forbidden`. */
        readonly reason: string,
        readonly details?: PropertyMap,
    ) {
        super(message);
    }
}

/** The API server serves no such kind. */
export class NoMatchError extends Error {
    constructor(apiVersion: string, kind: string) {
        super(`no matches for kind "${kind}" in version "${apiVersion}"`);
    }
}

/** There is no usable kubeconfig, or the API server does not answer. The message is the reason. */
export class UnreachableError extends Error {}

export function isStatus(error: unknown, reason: string): error is StatusError {
    return error instanceof StatusError && error.reason === reason;
}

/** Whether the request failed because its namespace does not exist. */
export function isNamespaceNotFound(error: unknown): boolean {
    return isStatus(error, "NotFound") && error.details?.["kind"] === "namespaces";
}

/** What is thrown if an apply failed: for a conflict about who owns a field, with how to resolve it. */
export function explainConflict(error: unknown, manager: string): unknown {
    if (!isStatus(error, "Conflict")) {
        return error;
    }
    return new Error(
        "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/" +
            "how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources " +
            `for troubleshooting help\nThe resource managed by field manager "${manager}" had an apply conflict: ` +
            error.message,
    );
}

/** What to do if an object exists that was to be created. */
export const existsAlready = `

The resource already exists in the cluster. This can happen when:

  - Renaming a Pulumi resource: use an alias to preserve the identity,
    or use deleteBeforeReplace if the resource needs replacement.
  - Managing an existing resource: use a Patch resource (e.g. NamespacePatch)
    to manage specific fields without owning the resource lifecycle.
  - Adopting a resource into Pulumi: use \`pulumi import\`. Note that
    protected resources (e.g. kube-system) cannot be deleted on destroy.
  - Intentional upsert: set upsertExistingObjects on the provider to allow
    server-side apply to update existing objects on create.`;
