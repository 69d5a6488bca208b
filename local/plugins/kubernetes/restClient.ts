import * as http from "node:http";
import * as https from "node:https";
import { text } from "node:stream/consumers";
import type { KubeConfig } from "@kubernetes/client-node";
import { PropertyMap } from "../provider";
import { StatusError, UnreachableError } from "./statusError";

export interface RestRequest {
    method: "GET" | "POST" | "PATCH" | "DELETE";
    path: string;
    query?: Record<string, string | undefined>;
    body?: unknown;
    /** Default `application/json`. */
    contentType?: string;
    signal?: AbortSignal;
}

/** Seconds until an API server that does not answer counts as unreachable. */
const answerTimeout = 30;

/**
 * JSON requests to one API server. They are made here and not by client-node's typed APIs because those
 * drop the fields they do not know and rewrite times, and Pulumi's state must contain what the
 * server answered.
 */
export class RestClient {
    constructor(
        readonly kubeconfig: KubeConfig,
        private readonly userAgent: string,
    ) {}

    /**
     * @throws StatusError when the server refuses.
     * @throws UnreachableError when it does not answer.
     */
    async request<T = PropertyMap>(request: RestRequest): Promise<T> {
        const response = await this.send(request);
        const body = await text(response);
        const code = response.statusCode ?? 0;
        if (code >= 200 && code < 300) {
            return JSON.parse(body) as T;
        }
        throw statusError(code, body);
    }

    private async send(request: RestRequest): Promise<http.IncomingMessage> {
        const url = this.url(request);
        const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
        const options: https.RequestOptions = {
            method: request.method,
            signal: request.signal,
            timeout: answerTimeout * 1000,
            headers: {
                "User-Agent": this.userAgent,
                Accept: "application/json",
                ...(body && {
                    "Content-Type": request.contentType ?? "application/json",
                    "Content-Length": body.length,
                }),
            },
        };
        await this.kubeconfig.applyToHTTPSOptions(options);
        return new Promise((resolve, reject) => {
            const sent = (url.protocol === "http:" ? http : https).request(url, options, resolve);
            sent.on("timeout", () => sent.destroy(new Error("i/o timeout")));
            sent.on("error", (error: NodeJS.ErrnoException) =>
                reject(unreachable(request.method, url, error)),
            );
            sent.end(body);
        });
    }

    private url({ path, query = {} }: RestRequest): URL {
        const url = new URL((this.kubeconfig.getCurrentCluster()?.server ?? "").replace(/\/$/, "") + path);
        for (const [name, value] of Object.entries(query)) {
            if (value !== undefined) {
                url.searchParams.set(name, value);
            }
        }
        return url;
    }
}

function statusError(code: number, body: string): StatusError {
    try {
        const status = JSON.parse(body) as { message?: string; reason?: string; details?: PropertyMap };
        return new StatusError(status.message ?? body, code, status.reason ?? "Unknown", status.details);
    } catch {
        return new StatusError(body.trim() || http.STATUS_CODES[code] || `status ${code}`, code, "Unknown");
    }
}

/** The failure in the words of Go's HTTP client, which the official provider passes on. */
function unreachable(method: string, url: URL, error: NodeJS.ErrnoException): Error {
    if (error.name === "AbortError") {
        return error;
    }
    const verb = method.charAt(0) + method.slice(1).toLowerCase();
    const cause = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException) : error;
    const port = url.port || (url.protocol === "http:" ? "80" : "443");
    const reason =
        cause.code === "ECONNREFUSED"
            ? `dial tcp ${url.hostname}:${port}: connect: connection refused`
            : cause.code === "ENOTFOUND"
              ? `dial tcp: lookup ${url.hostname}: no such host`
              : cause.message;
    return new UnreachableError(`${verb} "${url.href}": ${reason}`);
}
