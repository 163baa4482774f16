"use client";
// `useView(url)` for TanStack Query 5: `useQuery({queryKey: [url]})` that is live. The cache entry is the same, so both may be
// used side by side.

import { useQuery, useQueryClient, type UseQueryOptions, type UseQueryResult } from "@tanstack/react-query";
import { useEffect } from "react";
import type { Client } from "./client.js";
import { QueryPush, type Concerns } from "./query-push.js";
import type { ViewError } from "./read-view.js";
import { useClient, useSeed } from "./react.js";
import type { Seed } from "./seed.js";
import type { DataOf, ViewData } from "./typed.js";

export { NearsideProvider, useStatus } from "./react.js";

type QueryOptions<Data> = Omit<
    UseQueryOptions<Data, ViewError, Data, [string]>,
    "queryKey" | "queryFn" | "initialData" | "select"
>;

export interface UseViewOptions<Data> extends QueryOptions<Data> {
    /** What a server has rendered with (`seedView` of `nearside/next`). */
    seed?: Seed<Data> | undefined;
    client?: Client;
    /** `false`: asked for as `useQuery` does, and not pushed. */
    live?: boolean;
    /** Which mutations hold back what is pushed while they run. All, when left out. */
    concerns?: Concerns;
}

export function useView<Data = unknown, Url extends string = string>(
    url: Url | null | undefined,
    options?: UseViewOptions<DataOf<Url, Data>>,
): UseQueryResult<DataOf<Url, Data>, ViewError>;
export function useView<Paths, Path extends keyof Paths>(
    url: string | null | undefined,
    options?: UseViewOptions<ViewData<Paths, Path>>,
): UseQueryResult<ViewData<Paths, Path>, ViewError>;
export function useView(
    url: string | null | undefined,
    { seed: own, client: given, live = true, concerns, ...options }: UseViewOptions<unknown> = {},
): UseQueryResult<unknown, ViewError> {
    const client = useClient(given);
    const queries = useQueryClient();
    const seed = useSeed(url, own);
    if (client && url && seed) client.seed(url, seed);

    const result = useQuery<unknown, ViewError, unknown, [string]>({
        // Whoever is pushed to needs no reminders.
        ...(live && { staleTime: Infinity, refetchOnWindowFocus: false, refetchOnReconnect: false }),
        ...(seed && { initialData: seed.data }),
        ...options,
        enabled: url ? (options.enabled ?? true) : false,
        queryKey: [url ?? ""],
        queryFn: () =>
            client && url
                ? QueryPush.fetch(queries, url, client)
                : Promise.reject(new Error("a server reads views with seedView")),
    });

    useEffect(
        () => (live && client && url ? QueryPush.use(queries, url, client, concerns) : undefined),
        [live, queries, url, client, concerns],
    );
    return result;
}
