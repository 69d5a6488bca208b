/** A value that is read when it is first asked for, and then kept; a failure too. */
export function once<T>(read: () => Promise<T>): () => Promise<T> {
    let reading: Promise<T> | undefined;
    return () => (reading ??= read());
}
