import { STATUS_CODES } from "node:http";
import { ApiException, V1Status } from "@kubernetes/client-node";
import { Unreachable } from "./unreachable";

/** The answer of a read, or undefined if there is no such object. */
export async function found<T>(request: Promise<T>): Promise<T | undefined> {
    try {
        return await request;
    } catch (error) {
        if (error instanceof ApiException && error.code === 404) {
            return undefined;
        }
        throw error;
    }
}

/**
 * As {@link found}, for a message to people.
 *
 * @param what - the object, such as `Secret istio-system/cacerts`
 * @throws Unreachable saying on one line what the API server does not show, and why.
 */
export async function readable<T>(what: string, request: Promise<T>): Promise<T | undefined> {
    try {
        return await found(request);
    } catch (error) {
        throw new Unreachable(`the API server does not show ${what}: ${reason(error)}`, { cause: error });
    }
}

/** Why a request to the API server failed, on one line. */
export function reason(error: unknown): string {
    if (error instanceof ApiException) {
        return `${error.code} ${apiMessage(error.body) ?? STATUS_CODES[error.code]}`;
    }
    // A WebSocket's ErrorEvent is not an Error, but has a message; undici's fetch hides its reason in the cause.
    const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
    const words = message === "fetch failed" ? cause?.message || cause?.code : message;
    return (words ?? String(error)).replaceAll("\n", " ");
}

/** The message of the Status object that the API server answers with; not every proxy before it does. */
function apiMessage(body: unknown): string | undefined {
    try {
        const status = (typeof body === "string" ? JSON.parse(body) : body) as V1Status | undefined;
        return status?.message;
    } catch {
        return undefined;
    }
}
