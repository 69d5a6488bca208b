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
