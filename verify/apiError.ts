import { ApiException, V1Status } from "@kubernetes/client-node";

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

/** Why a request to the API server failed, on one line. */
export function reason(error: unknown): string {
    if (error instanceof ApiException) {
        return `${error.code} ${apiMessage(error.body)}`;
    }
    // A WebSocket's ErrorEvent is no Error, but has a message; undici's fetch hides its reason in the cause.
    const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
    const words = message === "fetch failed" ? cause?.message || cause?.code : message;
    return (words ?? String(error)).replaceAll("\n", " ");
}

function apiMessage(body: unknown): string {
    try {
        return (JSON.parse(String(body)) as V1Status).message ?? String(body);
    } catch {
        return (body as V1Status | undefined)?.message ?? String(body);
    }
}
