import { ConfigurationOptions, Observable, ObservableMiddleware } from "@kubernetes/client-node";
import { within } from "./within";

/** The longest that one request to the API server may take, milliseconds. */
const requestMs = 15_000;

/** How many objects one request for a list brings. */
const pageSize = 250;

/** Which part of a list a request is for. */
export interface Page {
    limit: number;
    _continue?: string;
}

interface List<T> {
    items: T[];
    metadata?: { _continue?: string };
}

/**
 * A request to the API server, given up when it takes too long or the signal is aborted.
 *
 * @throws NoAnswer if it takes too long.
 */
export async function request<T>(
    send: (options: ConfigurationOptions) => Promise<T>,
    signal: AbortSignal = new AbortController().signal,
): Promise<T> {
    return within(requestMs, signal, (limited) =>
        send({ middleware: [endWith(limited)], middlewareMergeStrategy: "append" }),
    );
}

/**
 * A list, page by page.
 *
 * @param wanted - what is kept of each object, if anything: a mesh may have thousands of pods
 */
export async function listAll<T, U>(
    send: (page: Page, options: ConfigurationOptions) => Promise<List<T>>,
    wanted: (item: T) => U[],
    signal?: AbortSignal,
): Promise<U[]> {
    const kept: U[] = [];
    for (let next: string | undefined; ;) {
        const page = { limit: pageSize, ...(next && { _continue: next }) };
        const list = await request((options) => send(page, options), signal);
        kept.push(...list.items.flatMap(wanted));
        next = list.metadata?._continue;
        if (!next) {
            return kept;
        }
    }
}

function endWith(signal: AbortSignal): ObservableMiddleware {
    return {
        pre: (context) => {
            context.setSignal(signal);
            return new Observable(Promise.resolve(context));
        },
        post: (context) => new Observable(Promise.resolve(context)),
    };
}
