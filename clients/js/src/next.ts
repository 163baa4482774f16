// For server components of Next.js (App Router), and any other server that renders: reads a view and hands it to the browser,
// where `useView` shows it at once and goes on from there.

import { as_stored, problemOf, ViewError } from "./read-view.js";
import type { Seed } from "./seed.js";
import type { DataOf } from "./typed.js";

export { ViewError } from "./read-view.js";
export type { Seed } from "./seed.js";

export interface SeedOptions {
    /** Where the server reaches nearside. `NEARSIDE_URL` of the environment when left out. */
    origin?: string;
    /**
     * The visitor's: what `headers()` of `next/headers` says of `authorization` or `cookie`. Nothing is passed on by itself, and
     * what is empty isn't either, as with `headers().get("cookie") ?? ""` of a visitor without cookies.
     */
    headers?: HeadersInit;
    /** Milliseconds that the page waits for the view. */
    timeout?: number;
}

/** Throws a `ViewError` where the view can't be had, and what `fetch` throws where nobody answers, or not in time. */
export async function seedView<T = unknown, Url extends string = string>(
    url: Url,
    { origin = environmentOrigin(), headers, timeout = 10_000 }: SeedOptions = {},
): Promise<Seed<DataOf<Url, T>>> {
    const server = new URL(origin);
    const view = new URL(url, server);
    // A path of somebody's making, `//elsewhere.example` say, would take the visitor's credentials there.
    if (view.origin !== server.origin) throw new TypeError(`${url} isn't of ${server.origin}`);
    const given = [...new Headers(headers)].filter(([, value]) => value !== "");
    // Next.js must keep no copy of its own: nearside is the cache, and knows what is whose.
    const response = await fetch(view, {
        headers: { accept: "application/json", "cache-control": as_stored, ...Object.fromEntries(given) },
        cache: "no-store",
        signal: AbortSignal.timeout(timeout),
    });
    if (!response.ok) throw new ViewError(url, response.status, await problemOf(response));
    const data = (await response.json()) as DataOf<Url, T>;
    return { url, data, etag: response.headers.get("etag") ?? undefined };
}

function environmentOrigin(): string {
    const origin = typeof process === "undefined" ? undefined : process.env["NEARSIDE_URL"];
    if (!origin) throw new TypeError("seedView needs `origin`, or NEARSIDE_URL in the environment");
    return origin;
}
