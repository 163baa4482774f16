"use client";
// `useView(url)`: `useSWR(url)` that is live. The cache entry is the same, so both may be used side by side.

import { useEffect } from "react";
import useSWR, { useSWRConfig, type SWRConfiguration, type SWRResponse } from "swr";
import type { Client } from "./client.js";
import type { ViewError } from "./read-view.js";
import { useClient, useSeed } from "./react.js";
import type { Seed } from "./seed.js";
import { fetchView, SwrPush } from "./swr-push.js";
import type { DataOf, ViewData } from "./typed.js";

export { NearsideProvider, useStatus } from "./react.js";

export interface UseViewOptions<Data> extends SWRConfiguration<Data, ViewError> {
    /** What a server has rendered with (`seedView` of `nearside/next`). */
    seed?: Seed<Data> | undefined;
    client?: Client;
    /** `false`: asked for once, as `useSWR` does, and not pushed. */
    live?: boolean;
}

export function useView<Data = unknown, Url extends string = string>(
    url: Url | null | undefined,
    options?: UseViewOptions<DataOf<Url, Data>>,
): SWRResponse<DataOf<Url, Data>, ViewError>;
export function useView<Paths, Path extends keyof Paths>(
    url: string | null | undefined,
    options?: UseViewOptions<ViewData<Paths, Path>>,
): SWRResponse<ViewData<Paths, Path>, ViewError>;
export function useView(
    url: string | null | undefined,
    { seed: own, client: given, live = true, ...config }: UseViewOptions<unknown> = {},
): SWRResponse<unknown, ViewError> {
    const client = useClient(given);
    const seed = useSeed(url, own);
    const { cache, mutate } = useSWRConfig();
    if (client && url && seed) plant(client, url, seed, cache);

    // A server, too, says that it is loading what the browser will ask for: they render the same.
    const fetcher = () =>
        client && url
            ? fetchView(cache, url, client)
            : Promise.reject(new Error("a server reads views with seedView"));
    const response = useSWR<unknown, ViewError>(url || null, fetcher, {
        // Whoever is pushed to needs no reminders.
        ...(live && { revalidateOnFocus: false, revalidateOnReconnect: false }),
        // With a seed in hand nothing is loading, not even for the first paint.
        ...(seed && { fallbackData: seed.data, revalidateOnMount: false }),
        ...config,
    });

    useEffect(
        () => (live && client && url ? SwrPush.use(cache, url, client, mutate) : undefined),
        [live, cache, url, client, mutate],
    );
    return response;
}

// In the cache itself, so that `useSWR(url)` beside it has the data, too. Not on a server, whose cache is everybody's.
function plant(client: Client, url: string, seed: Seed, cache: ReturnType<typeof useSWRConfig>["cache"]): void {
    const state = cache.get(url);
    if (state?.data !== undefined) return;
    client.seed(url, seed);
    cache.set(url, { ...state, data: client.current(url)?.data ?? seed.data });
}
