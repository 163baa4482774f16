"use client";
// What the hooks of `nearside/swr` and `nearside/react-query` share: whose client, and what a server has rendered already.

import { createContext, useContext, useMemo, useSyncExternalStore, type ReactNode } from "react";
import type { Client, Status } from "./client.js";
import { defaultClient } from "./default-client.js";
import type { Seed } from "./seed.js";

const ClientContext = createContext<Client | undefined>(undefined);
const SeedsContext = createContext<ReadonlyMap<string, Seed>>(new Map());

export interface NearsideProviderProps {
    /** Where it is left out, the one around it, or else the default client. */
    client?: Client;
    /** Views that a server has read: hooks below find theirs by the URL. */
    seeds?: readonly Seed[];
    children?: ReactNode;
}

export function NearsideProvider({ client, seeds, children }: NearsideProviderProps) {
    const outer = useContext(ClientContext);
    const known = useContext(SeedsContext);
    const all = useMemo(
        () => (seeds ? new Map([...known, ...seeds.map((seed) => [seed.url, seed] as const)]) : known),
        [known, seeds],
    );
    return (
        <ClientContext.Provider value={client ?? outer}>
            <SeedsContext.Provider value={all}>{children}</SeedsContext.Provider>
        </ClientContext.Provider>
    );
}

const isBrowser = typeof window !== "undefined";

/** Nothing while a server renders. */
export function useClient(own?: Client): Client | undefined {
    const around = useContext(ClientContext);
    return isBrowser ? (own ?? around ?? defaultClient()) : undefined;
}

export function useSeed(url: string | null | undefined, own?: Seed): Seed | undefined {
    const seeds = useContext(SeedsContext);
    return own ?? (url ? seeds.get(url) : undefined);
}

/** How views come at the moment, for a light in a corner of the screen. */
export function useStatus(own?: Client): Status {
    const client = useClient(own);
    return useSyncExternalStore(
        (heard) => client?.onStatus(heard) ?? (() => {}),
        () => client?.status ?? "connecting",
        () => "connecting",
    );
}
