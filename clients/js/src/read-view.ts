// One request for a view, and what it came to.

import type { Environment } from "./environment.js";
import type { Problem } from "./messages.js";

export interface ViewRequest {
    url: string;
    headers: Headers;
    credentials: RequestCredentials;
    /** Versions that needn't be sent. */
    known: readonly string[];
    /** Seconds that the server may wait for a change (RFC 7240 `wait`). */
    wait?: number;
    /** Not what is stored, but what the upstream says now: one round trip. */
    fresh?: boolean;
    signal?: AbortSignal;
}

export type ViewAnswer =
    | { kind: "version"; data: unknown; etag: string | undefined; waited: boolean }
    | { kind: "unchanged"; etag: string | undefined; waited: boolean };

/** A view that couldn't be had, with the server's own words where it has some. */
export class ViewError extends Error {
    override readonly name = "ViewError";

    constructor(
        readonly url: string,
        readonly status: number,
        readonly problem: Problem,
        /** Milliseconds that the server says to wait, where it says so. */
        readonly retryAfter?: number,
    ) {
        super(`${url}: ${problem.title ?? "the answer"} (${status})`);
    }
}

// With the mode "no-store", `fetch` itself sends `Cache-Control: no-cache` where there is no such field (Fetch 4.5), and each
// request would wait for the upstream. Caches pass over directives that they don't know (RFC 9111 5.2.3).
export const as_stored = "as-stored";

export async function readView(environment: Environment, request: ViewRequest): Promise<ViewAnswer> {
    const headers = new Headers(request.headers);
    if (!headers.has("accept")) headers.set("accept", "application/json");
    if (request.known.length > 0) headers.set("if-none-match", request.known.join(", "));
    if (request.wait !== undefined) headers.set("prefer", `wait=${request.wait}`);
    if (request.fresh) headers.set("cache-control", "no-cache");
    else if (!headers.has("cache-control")) headers.set("cache-control", as_stored);
    // The browser's own cache would answer for as long as `max-age` says; versions come from nearside, 1 ms away.
    const init: RequestInit = { headers, credentials: request.credentials, cache: "no-store" };
    if (request.signal) init.signal = request.signal;
    const response = await environment.fetch(request.url, init);
    const etag = response.headers.get("etag") ?? undefined;
    const waited = /(?:^|[\s,])wait\b/i.test(response.headers.get("preference-applied") ?? "");
    if (response.status === 304) return { kind: "unchanged", etag, waited };
    if (!response.ok) throw new ViewError(request.url, response.status, await problemOf(response), retryAfter(response));
    return { kind: "version", data: (await response.json()) as unknown, etag, waited };
}

export async function problemOf(response: Response): Promise<Problem> {
    const type = response.headers.get("content-type") ?? "";
    if (/^application\/(?:problem\+)?json\b/i.test(type)) {
        try {
            const said = (await response.json()) as unknown;
            if (typeof said === "object" && said !== null) return { status: response.status, ...said };
        } catch {
            // A broken problem document says no more than its status.
        }
    } else {
        await response.body?.cancel().catch(() => {});
    }
    return { status: response.status, title: response.statusText || "the answer" };
}

/** Milliseconds; nothing for a date, which would need both clocks to agree. */
export function retryAfter(response: Response): number | undefined {
    const said = response.headers.get("retry-after");
    return said !== null && /^\d{1,6}$/.test(said.trim()) ? Number(said) * 1000 : undefined;
}
