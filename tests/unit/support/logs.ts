import * as pulumi from "@pulumi/pulumi";

/** What Pulumi's log received meanwhile: warnings and information, in their order. */
export async function logged<T>(run: () => T | Promise<T>): Promise<{ result: T; logs: string[] }> {
    const logs: string[] = [];
    const { warn, info } = pulumi.log;
    const record = (message: string) => Promise.resolve(void logs.push(message));
    Object.assign(pulumi.log, { warn: record, info: record });
    try {
        return { result: await run(), logs };
    } finally {
        Object.assign(pulumi.log, { warn, info });
    }
}
